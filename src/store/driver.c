/* A driver with which HDF5 writes a target's temporary file. It hides failed writes from HDF5.
 *
 * HDF5 never gives up a write: it keeps the data and tries again when it closes the array, the file, the process. If
 * that fails again, HDF5 1.10 and 1.14 crash. So the target remembers the first failure and writes no more, and HDF5
 * can close its file. HDF5 keeps all metadata until then, so it reads nothing back. */
#include "content.h"

#include <string.h>

/* What a file access property list holds of it. */
struct driver_info {
	struct driver *driver;
};

/* All that HDF5 has of this kind are what driver_open gave it. */
static struct driver *driver_of(const H5FD_t *file)
{
	return (struct driver *)(uintptr_t)file;
}

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t most)
{
	const struct driver_info *info = H5Pget_driver_info(access);
	(void)name;
	(void)flags;
	(void)most;
	if (info == NULL)
		return NULL;
	memset(&info->driver->public, 0, sizeof info->driver->public);
	info->driver->allocated = info->driver->end = 0;
	return &info->driver->public;
}

static herr_t driver_close(H5FD_t *file)
{
	(void)file; /* whose it is the caller of driver_set knows */
	return 0;
}

/* Those of HDF5's own driver for files: space is dealt out in the same way, and the bytes are the same. */
static herr_t driver_query(const H5FD_t *file, unsigned long *flags)
{
	(void)file;
	*flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
	         H5FD_FEAT_AGGREGATE_SMALLDATA;
	return 0;
}

static haddr_t allocated_get(const H5FD_t *file, H5FD_mem_t type)
{
	(void)type;
	return driver_of(file)->allocated;
}

static herr_t allocated_set(H5FD_t *file, H5FD_mem_t type, haddr_t bytes)
{
	(void)type;
	driver_of(file)->allocated = bytes;
	return 0;
}

static haddr_t end_get(const H5FD_t *file, H5FD_mem_t type)
{
	(void)type;
	return driver_of(file)->end;
}

static herr_t driver_read(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t count, void *bytes)
{
	(void)file;
	(void)type;
	(void)transfer;
	(void)at;
	(void)count;
	(void)bytes;
	return -1;
}

static herr_t driver_write(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t count, const void *bytes)
{
	struct driver *driver = driver_of(file);
	(void)type;
	(void)transfer;
	temporary_put(driver->target, at, bytes, count);
	if (at + count > driver->end)
		driver->end = at + count;
	return 0;
}

static herr_t driver_truncate(H5FD_t *file, hid_t transfer, hbool_t closing)
{
	struct driver *driver = driver_of(file);
	(void)transfer;
	(void)closing;
	if (driver->end != driver->allocated)
		temporary_cut(driver->target, driver->allocated);
	driver->end = driver->allocated;
	return 0;
}

/* No metadata leaves memory before the file is closed. */
static herr_t metadata_keep(hid_t access)
{
	H5AC_cache_config_t config = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};
	if (H5Pget_mdc_config(access, &config) < 0)
		return -1;
	config.evictions_enabled = 0;
	config.incr_mode = H5C_incr__off; /* a cache that does not evict may not change its size */
	config.flash_incr_mode = H5C_flash_incr__off;
	config.decr_mode = H5C_decr__off;
	return H5Pset_mdc_config(access, &config);
}

herr_t driver_set(struct driver *driver, struct target *target, hid_t access)
{
	const H5FD_class_t class = {
#ifdef H5FD_CLASS_VERSION
		.version = H5FD_CLASS_VERSION,
		.value = 256, /* the first that HDF5 leaves to others */
#endif
		.name = "convoy", .maxaddr = INT64_MAX, .fc_degree = H5F_CLOSE_STRONG, .fapl_size = sizeof(struct driver_info),
		.open = driver_open, .close = driver_close, .query = driver_query, .get_eoa = allocated_get,
		.set_eoa = allocated_set, .get_eof = end_get, .read = driver_read, .write = driver_write,
		.truncate = driver_truncate, .fl_map = H5FD_FLMAP_DICHOTOMY,
	};
	const struct driver_info info = {driver};
	driver->target = target;
	driver->id = H5FDregister(&class);
	return driver->id >= 0 && H5Pset_driver(access, driver->id, &info) >= 0 ? metadata_keep(access) : -1;
}

void driver_unset(struct driver *driver)
{
	if (driver->id >= 0)
		H5FDunregister(driver->id);
	driver->id = -1;
}
