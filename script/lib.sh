# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
# What the scripts share: sourced, not run.
set -eu
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$ROOT"
PATH="$ROOT/.venv/bin:$PATH"
export PATH PYTHONDONTWRITEBYTECODE="${PYTHONDONTWRITEBYTECODE:-}"

say() { printf '\033[1m%s\033[0m\n' "→ $*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# up_to_date STAMP INPUT…: whether the stamp holds the inputs' present hash.
hash_of() { find "$@" -type f -not -path '*/node_modules/*' -print0 2>/dev/null | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1; }
up_to_date() { stamp=$1; shift; [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(hash_of "$@")" ]; }
stamp() { stamp=$1; shift; mkdir -p "$(dirname "$stamp")"; hash_of "$@" > "$stamp"; }
