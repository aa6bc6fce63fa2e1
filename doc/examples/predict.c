/* Classifies the images of an IDX file, such as those of MNIST.
 *
 *   cc predict.c $(pkg-config --cflags --libs convoy) -o predict
 *   ./predict runs/small/best.h5 t10k-images-idx3-ubyte */
#include <convoy.h>

#include <stdio.h>
#include <stdlib.h>

/* Reads the pixels behind the header of 16 bytes. */
static uint8_t *images_read(const char *path, size_t size, size_t *count)
{
	uint8_t header[16], *pixels = NULL;
	FILE *file = fopen(path, "rb");
	*count = 0;
	if (file != NULL && fread(header, 1, sizeof header, file) == sizeof header) {
		*count = (size_t)header[4] << 24 | (size_t)header[5] << 16 | (size_t)header[6] << 8 | header[7];
		pixels = malloc(*count * size + 1);
		if (pixels != NULL)
			*count = fread(pixels, size, *count, file);
	}
	if (file != NULL)
		fclose(file);
	return pixels;
}

int main(int argc, char **argv)
{
	struct convoy_error error;
	struct convoy_model *model = argc == 3 ? convoy_model_load(argv[1], &error) : NULL;
	if (model == NULL) {
		fprintf(stderr, "%s\n", argc == 3 ? error.text : "usage: predict CKPT IMAGES");
		return 1;
	}
	size_t size = convoy_model_maps(model) * convoy_model_rows(model) * convoy_model_columns(model);
	size_t classes = convoy_model_outputs(model), count;
	uint8_t *pixels = images_read(argv[2], size, &count);
	float *scores = malloc((count * classes + 1) * sizeof *scores);
	struct convoy_predictor *predictor = convoy_predictor_create(model, &error);
	if (pixels == NULL || scores == NULL || predictor == NULL) {
		fprintf(stderr, "%s\n", predictor == NULL ? error.text : "no images, or no memory");
		return 1;
	}
	if (convoy_predict(predictor, count, pixels, scores, &error) != 0) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	for (size_t i = 0; i < count; i++) {
		size_t best = 0;
		for (size_t k = 1; k < classes; k++)
			if (scores[i * classes + k] > scores[i * classes + best])
				best = k;
		printf("%zu %s %.4f\n", i, convoy_model_name(model, best), (double)scores[i * classes + best]);
	}
	convoy_predictor_free(predictor);
	convoy_model_free(model);
	free(scores);
	free(pixels);
	return 0;
}
