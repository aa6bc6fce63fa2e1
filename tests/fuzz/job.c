/* Job files: parsed; what is accepted can be edited, and its text parsed again. */
#include <convoy/job.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	struct err err = {0};
	char *text = malloc(count + 1);
	if (text == NULL)
		return 0;
	memcpy(text, bytes, count);
	text[count] = 0;
	struct job *job = job_parse("fuzz", text, &err);
	if (job == NULL && err.code != EX_CONFIG)
		__builtin_trap();
	if (job != NULL) {
		struct err second = {0};
		char *edited = job_edit("fuzz", text, "train.rate", "0.25", &second);
		struct job *again = edited != NULL ? job_parse("fuzz", edited, &second) : NULL;
		if (edited == NULL ? second.code == 0 : again != NULL && again->train.rate != 0.25)
			__builtin_trap();
		job_destroy(again);
		free(edited);
	}
	job_destroy(job);
	free(text);
	return 0;
}
