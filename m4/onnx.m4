dnl CONVOY_ONNX: protobuf-c, its compiler and the ONNX schema, for convoy export; optional.
AC_DEFUN([CONVOY_ONNX],
[AC_ARG_WITH([onnx], [AS_HELP_STRING([--without-onnx], [build without convoy export --onnx])], [], [with_onnx=check])
AC_ARG_VAR([ONNX_PROTO], [the ONNX schema (onnx.proto)])
AC_ARG_VAR([PROTOC_C], [the protobuf-c compiler])
convoy_onnx=no
AS_IF([test "x$with_onnx" != xno],
  [PKG_CHECK_MODULES([PROTOBUF_C], [libprotobuf-c], [convoy_onnx=yes], [convoy_onnx='no protobuf-c'])
   AC_CHECK_PROGS([PROTOC_C], [protoc-c protoc])
   for convoy_file in /usr/include/onnx/onnx.proto /usr/local/include/onnx/onnx.proto /usr/include/onnx/onnx-ml.proto; do
     AS_IF([test -z "$ONNX_PROTO" && test -r $convoy_file], [ONNX_PROTO=$convoy_file])
   done
   AS_IF([test -z "$PROTOC_C"], [convoy_onnx='no protoc-c'], [test -z "$ONNX_PROTO"], [convoy_onnx='no onnx.proto'])
   AS_IF([test "$convoy_onnx" != yes],
     [AS_IF([test "x$with_onnx" = xyes],
       [AC_MSG_ERROR([--with-onnx: $convoy_onnx (Debian: apt install protobuf-c-compiler libprotobuf-c-dev libonnx-dev)])])
      convoy_onnx="$convoy_onnx: convoy export is off (Debian: protobuf-c-compiler libprotobuf-c-dev libonnx-dev)"])])
AM_CONDITIONAL([HAVE_ONNX], [test "$convoy_onnx" = yes])])
