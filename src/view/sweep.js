(() => {
	"use strict";
	/* What belongs to a job stands out while the pointer is on a part of it. */
	const parts = new Map();
	for (const part of document.querySelectorAll("[data-job]"))
		parts.set(part.dataset.job, [...parts.get(part.dataset.job) || [], part]);
	for (const list of parts.values())
		for (const part of list)
			for (const kind of ["pointerenter", "pointerleave"])
				part.addEventListener(kind, () => {
					for (const p of list) p.classList.toggle("lit", kind === "pointerenter");
				});
})();
