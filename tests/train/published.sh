#!/bin/sh
# The bytes that README publishes: the SHA-256 of small-fashion's last checkpoint, whatever the processor.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

name='small-fashion ends with the checkpoint that README names'
case $("$convoy" --version) in
*'instruction set: portable'*) skip_all 'this processor has no fused multiply-add' ;;
esac
[ -d /usr/share/datasets/fashion-mnist ] || skip_all 'no Fashion-MNIST (Debian: dataset-fashion-mnist)'
wanted=$(sed -n 's/^  SHA-256 `\([0-9a-f]\{64\}\)`.*/\1/p' "$here/../../README.md")
for ranks in 1 2; do
	rm -rf "$work/small"
	mpi -n $ranks "$convoy" train "$here/../../jobs/small-fashion.yaml" --output "$work/small"
	got=$(sha256sum "$(newest small)" | cut -d ' ' -f 1)
	[ -n "$wanted" ] && [ "$got" = "$wanted" ]
	result $? "$name, on $ranks: $got"
done
results_end
