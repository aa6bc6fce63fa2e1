/* How the numbers of an array are stored that others wrote: type, order of bytes, fill values. */
#include "content.h"

#include <math.h>
#include <string.h>

/* ---- Types ------------------------------------------------------------------------------------------------------- */

/* IEEE 754: where sign, exponent and fraction lie. */
static const struct floating {
	enum store_type type;
	size_t bytes, sign, exponent, exponent_bits, fraction_bits, bias;
} floats[] = {
	{STORE_F16, 2, 15, 10, 5, 10, 15}, {STORE_F32, 4, 31, 23, 8, 23, 127}, {STORE_F64, 8, 63, 52, 11, 52, 1023},
};

static int float_of(hid_t type)
{
	size_t sign, exponent, exponent_bits, fraction, fraction_bits;
	if (H5Tget_fields(type, &sign, &exponent, &exponent_bits, &fraction, &fraction_bits) < 0)
		return -1;
	for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) {
		const struct floating *f = &floats[i];
		if (H5Tget_size(type) == f->bytes && sign == f->sign && exponent == f->exponent &&
		    exponent_bits == f->exponent_bits && fraction == 0 && fraction_bits == f->fraction_bits &&
		    H5Tget_ebias(type) == f->bias && H5Tget_norm(type) == H5T_NORM_IMPLIED)
			return (int)f->type;
	}
	return -1;
}

/* Whole bytes only. */
static int integer_of(hid_t type)
{
	static const enum store_type types[][2] = {
		{STORE_U8, STORE_I8}, {STORE_U16, STORE_I16}, {STORE_U32, STORE_I32}, {STORE_U64, STORE_I64},
	};
	bool signs = H5Tget_class(type) == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_2;
	if (H5Tget_precision(type) != 8 * H5Tget_size(type))
		return -1;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (H5Tget_size(type) == (size_t)1 << i)
			return (int)types[i][signs];
	return -1;
}

/* h5py's bool: an enumeration of FALSE and TRUE over int8. */
static bool is_bool(hid_t type)
{
	static const char *const words[] = {"FALSE", "TRUE"};
	bool yes = H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2;
	for (unsigned i = 0; i < 2 && yes; i++) {
		uint8_t value = 2;
		char *name = H5Tget_member_name(type, i);
		yes = name != NULL && strcmp(name, words[i]) == 0 && H5Tget_member_value(type, i, &value) >= 0 && value == i;
		H5free_memory(name);
	}
	return yes;
}

/* The enum store_type of a number, whatever its order of bytes; −1 for all else. */
static int number_of(hid_t type)
{
	int order = H5Tget_order(type), found = -1;
	switch (H5Tget_class(type)) {
	case H5T_INTEGER:
		found = integer_of(type);
		break;
	case H5T_BITFIELD: /* bools of PyTables */
		found = H5Tget_size(type) == 1 ? integer_of(type) : -1;
		break;
	case H5T_FLOAT:
		found = float_of(type);
		break;
	case H5T_ENUM: {
		hid_t base = H5Tget_super(type);
		found = base < 0 ? -1 : integer_of(base);
		if (found == STORE_I8 && is_bool(type))
			found = STORE_U8;
		if (base >= 0)
			H5Tclose(base);
		break;
	}
	default:
		return -1;
	}
	return order == H5T_ORDER_LE || order == H5T_ORDER_BE || H5Tget_size(type) == 1 ? found : -1;
}

static bool is_complex(hid_t type)
{
	char *name = H5Tget_nmembers(type) == 2 ? H5Tget_member_name(type, 0) : NULL;
	bool yes = name != NULL && (strcmp(name, "r") == 0 || strcmp(name, "real") == 0);
	H5free_memory(name);
	return yes;
}

/* Names what is no number that is read, and the way out. Always −1. */
static int type_refuse(hid_t type, struct err *err)
{
	size_t bytes = H5Tget_size(type);
	switch (H5Tget_class(type)) {
	case H5T_STRING:
		return H5Tis_variable_str(type) > 0
		       ? err_set(err, EX_DATAERR, "holds texts of variable length; store numbers (of classes: 0, 1, 2 …)")
		       : err_set(err, EX_DATAERR, "holds texts of %zu bytes; store numbers (of classes: 0, 1, 2 …)", bytes);
	case H5T_REFERENCE:
		return err_set(err, EX_DATAERR, "holds references to other objects (as a cell array of MATLAB does); name an "
		               "array of numbers");
	case H5T_COMPOUND:
		if (is_complex(type))
			return err_set(err, EX_DATAERR, "holds complex numbers; store real and imaginary parts as channels");
		return err_set(err, EX_DATAERR, "holds compounds of %d members; store each as an array of its own",
		               H5Tget_nmembers(type));
	case H5T_OPAQUE:
		return err_set(err, EX_DATAERR, "holds opaque items of %zu bytes; store numbers", bytes);
	case H5T_ARRAY:
		return err_set(err, EX_DATAERR, "holds items that are arrays themselves; store them as further dimensions");
	case H5T_VLEN:
		return err_set(err, EX_DATAERR, "holds lists of variable length; store an array with all of one length");
	case H5T_INTEGER:
	case H5T_ENUM:
	case H5T_BITFIELD:
		return err_set(err, EX_DATAERR, "holds integers of %zu bits in %zu bytes; int8 … int64 and uint8 … uint64 are "
		               "read", H5Tget_precision(type), bytes);
	case H5T_FLOAT:
		return err_set(err, EX_DATAERR, "holds floats of %zu bits in %zu bytes; IEEE float16, float32 and float64 are "
		               "read", H5Tget_precision(type), bytes);
	default:
		return err_set(err, EX_DATAERR, "holds no numbers");
	}
}

/* ---- Attributes -------------------------------------------------------------------------------------------------- */

/* A number of an attribute. */
struct attribute_number {
	bool there;
	double value;
	bool integer, negative; /* it is a whole number … */
	uint64_t whole;         /* … all digits of it, in two's complement */
};

/* All digits of an integer, or of a float that is whole and below 2^64. */
static herr_t whole_read(hid_t id, hid_t type, struct attribute_number *out)
{
	int64_t sign = 0;
	out->integer = H5Tget_class(type) == H5T_INTEGER;
	out->negative = out->value < 0;
	if (!out->integer) {
		out->integer = out->value == floor(out->value) && out->value >= -0x1p63 && out->value < 0x1p64;
		if (out->integer)
			out->whole = out->negative ? (uint64_t)(int64_t)out->value : (uint64_t)out->value;
		return 0;
	}
	if (H5Tget_sign(type) != H5T_SGN_2)
		return H5Aread(id, H5T_NATIVE_UINT64, &out->whole);
	herr_t code = H5Aread(id, H5T_NATIVE_INT64, &sign);
	out->negative = sign < 0;
	out->whole = (uint64_t)sign;
	return code;
}

/* Reads an attribute of one number, if it is there. */
static int attribute_read(const struct store *store, hid_t object, const char *name, struct attribute_number *out,
                          struct err *err)
{
	*out = (struct attribute_number){0};
	htri_t exists = H5Aexists(object, name);
	out->there = exists > 0;
	if (exists == 0)
		return 0;
	hid_t id = exists < 0 ? -1 : H5Aopen(object, name, H5P_DEFAULT), type = id < 0 ? -1 : H5Aget_type(id);
	hid_t space = type < 0 ? -1 : H5Aget_space(id);
	int status = 0;
	if (space < 0)
		status = hdf5_fail(store, "read an attribute", err);
	else if (H5Sget_simple_extent_npoints(space) != 1 || number_of(type) < 0)
		status = err_set(err, EX_DATAERR, "attribute %s is not one number", name);
	else if (H5Tget_class(type) == H5T_ENUM || H5Tget_class(type) == H5T_BITFIELD)
		status = err_set(err, EX_DATAERR, "attribute %s is an enumeration, not a number", name);
	else if (H5Aread(id, H5T_NATIVE_DOUBLE, &out->value) < 0 || whole_read(id, type, out) < 0)
		status = hdf5_fail(store, "read an attribute", err);
	status = hdf5_close(store, space, status, err);
	status = hdf5_close(store, type, status, err);
	return hdf5_close(store, id, status, err);
}

/* A value as the array's own type has it: −999.9 of an attribute in float64 is another number in float32. */
static int fill_round(const struct store *store, hid_t type, double *value, struct err *err)
{
	if (H5Tget_class(type) != H5T_FLOAT)
		return 0;
	if (H5Tconvert(H5T_NATIVE_DOUBLE, type, 1, value, NULL, H5P_DEFAULT) < 0 ||
	    H5Tconvert(type, H5T_NATIVE_DOUBLE, 1, value, NULL, H5P_DEFAULT) < 0)
		return hdf5_fail(store, "read a fill value", err);
	return 0;
}

/* What stands for missing values; and what says that the numbers are others than those that are stored. */
static int attributes_read(const struct store *store, const struct open_array *array, struct number_format *out,
                           struct err *err)
{
	static const char *const fills[FILLS] = {"_FillValue", "missing_value"};
	static const struct {
		const char *name;
		double nothing;
	} changes[] = {{"scale_factor", 1}, {"add_offset", 0}};
	struct attribute_number number;
	bool wide = out->type == STORE_I64 || out->type == STORE_U64;
	for (size_t i = 0; i < FILLS; i++) {
		if (attribute_read(store, array->id, fills[i], &number, err) != 0 ||
		    (number.there && fill_round(store, array->type, &number.value, err) != 0))
			return -1;
		/* No number of the array can be a fraction, or what lies beyond its type. */
		bool beyond = out->type == STORE_U64 ? number.negative : !number.negative && number.whole > INT64_MAX;
		if (!number.there || (wide && (!number.integer || beyond)))
			continue;
		out->fill[out->fills] = number.value;
		out->whole[out->fills++] = number.whole;
	}
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		if (attribute_read(store, array->id, changes[i].name, &number, err) != 0)
			return -1;
		if (number.there && number.value != changes[i].nothing)
			return err_set(err, EX_DATAERR, "attribute %s is %g, which convoy does not apply; store the numbers "
			               "themselves (ncpdq -U IN OUT)", changes[i].name, number.value);
	}
	if ((out->type == STORE_I8 || out->type == STORE_I16 || out->type == STORE_I32 || out->type == STORE_I64) &&
	    H5Aexists(array->id, "_Unsigned") > 0)
		return err_set(err, EX_DATAERR, "attribute _Unsigned says that its signed integers stand for others; store "
		               "them in an unsigned type, or take the attribute away");
	return 0;
}

int number_read(const struct store *store, const struct open_array *array, struct number_format *out, struct err *err)
{
	int found = number_of(array->type);
	*out = (struct number_format){0};
	if (found < 0)
		return type_refuse(array->type, err);
	out->type = (enum store_type)found;
	out->swapped = store_type_bytes(out->type) > 1 && H5Tget_order(array->type) != H5Tget_order(H5T_NATIVE_INT);
	return attributes_read(store, array, out, err);
}

const char *number_name(hid_t type)
{
	int found = number_of(type);
	return found < 0 ? NULL : store_type_name((enum store_type)found);
}
