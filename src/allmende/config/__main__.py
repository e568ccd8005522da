# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``python -m allmende.config``: the command line."""

import sys

from allmende.config.cli import main

sys.exit(main())
