#!/bin/sh
# Training on a terminal: no line is wider than it, and where it becomes narrower, nothing of the bar stays. The terminals
# are made by Debian's python3.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh
/usr/bin/python3 -c 'import pty, fcntl, termios' 2>/dev/null || skip_all 'no python3'

cat >terminal.py <<'END'
"""terminal.py COLUMNS LATER PROGRAM ARGUMENT…: runs a program on a terminal of COLUMNS columns, prints what it wrote. With
LATER above 0 the terminal becomes as narrow after the first bar; SIGTERM ends the program once a bar was wiped there."""
import fcntl, os, pty, re, select, signal, struct, sys, termios, time
columns, later = int(sys.argv[1]), int(sys.argv[2])
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.execv(sys.argv[3], sys.argv[3:])
seen, narrow, asked, end = b"", False, False, time.monotonic() + 50
while time.monotonic() < end:
    if select.select([fd], [], [], 1)[0]:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    if later and not narrow and re.search(rb"\r[^\r\n]{%d,}\x1b\[K" % (later + 1), seen):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, later, 0, 0))
        narrow = True
    if narrow and not asked and b"\x1b[J" in seen:
        os.kill(pid, signal.SIGTERM)
        asked = True
sys.stdout.buffer.write(seen)
END

for columns in 40 62 84 120; do
	/usr/bin/python3 terminal.py $columns 0 "$convoy" train tiny.yaml --output "run-$columns" >out 2>err
	tr -d '\r' <out | grep '^epoch [0-9]*/3 ' | sed 's/.*\x1b\[K//' >lines
	[ "$(grep -c '^epoch [123]/3  .*test [0-9.]*%' lines)" -eq 3 ] && awk -v most=$columns 'length > most { exit 1 }' lines
	result $? "$columns columns: a line for each epoch, no wider, with its error" out
done
grep -qE 'loss .* train .* test .* rate .* images/s$' lines
result $? '120 columns: all that there is' lines
sed -n '$p' lines | wc -c >wide # with what an epoch has to say, and the end of the line
/usr/bin/python3 terminal.py $(($(cat wide) - 1)) 0 "$convoy" train tiny.yaml --output exact >out 2>err
grep -qE 'loss .* train .* test .* rate ' out
result $? 'a terminal that is just as wide has the rate' out
# More than 50 columns of a bar are two lines of 50: the cursor goes up by one. An epoch of 60,000 steps has many bars.
cp -R data long.data
/usr/bin/python3 - <<'END'
for name, offset in ("images-idx3", 16), ("labels-idx1", 8):
    path = f"long.data/train-{name}-ubyte"
    with open(path, "rb") as file:
        bytes = file.read()
    with open(path, "wb") as file:
        file.write(bytes[:4] + (60000).to_bytes(4, "big") + bytes[8:offset] + bytes[offset:] * 750)
END
/usr/bin/python3 terminal.py 100 50 "$convoy" train tiny.yaml --data long.data --batch 1 --output long --epochs 1000 >out 2>err
grep -q "$(printf '\r\033\\[1A\033\\[J')" out
result $? 'a bar that the terminal has wrapped is taken away whole' out
results_end
