#!/usr/bin/env bash
# Makes a "vendor's build" with a mistake in it: a wazero that passes no environment variable to the guest.
# Use it to see how examples/vendor-ci.sh finds the mistake.
#
#   examples/broken-build.sh path/to/wazero target/broken/wazero
#   examples/vendor-ci.sh wazero@1.12.0 wazero@1.12.0=target/broken/wazero
set -euo pipefail
wazero=$(realpath "${1:?the wazero to break}")
into=${2:?the file to write}
mkdir -p "$(dirname "$into")"
cat > "$into" <<SCRIPT
#!/bin/sh
skip=
for word do
    shift
    [ -n "\$skip" ] && { skip= ; continue; }
    [ "\$word" = -env ] && { skip=yes ; continue; }
    set -- "\$@" "\$word"
done
exec '$wazero' "\$@"
SCRIPT
chmod +x "$into"
