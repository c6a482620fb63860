# SPDX-License-Identifier: GPL-2.0-or-later
"""The captures in samples/captures are what server and traffic make, byte for byte."""
import pathlib
import subprocess
import tempfile

from server_support import SOURCE

LIMIT = 3 << 20  # all together; they are part of every clone


def first_difference(one, two):
    return next((at for at, (a, b) in enumerate(zip(one, two)) if a != b), min(len(one), len(two)))


with tempfile.TemporaryDirectory() as folder:
    run = subprocess.run([SOURCE / "scripts" / "sample-captures.sh", folder], capture_output=True,
                         text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    names = sorted(path.name for path in pathlib.Path(folder).iterdir())
    kept_names = sorted(path.name for path in (SOURCE / "samples" / "captures").glob("*.pcapng"))
    assert names == kept_names, f"made {names}, kept {kept_names}"
    total = 0
    for name in names:
        kept = (SOURCE / "samples" / "captures" / name).read_bytes()
        made = (pathlib.Path(folder) / name).read_bytes()
        assert kept == made, (
            f"samples/captures/{name} is no longer what the server makes (from byte "
            f"{first_difference(kept, made)} on); if that is meant, run ./dev samples")
        total += len(kept)
    print(f"{len(names)} captures, {total} bytes, the same")
    assert total < LIMIT, f"{total} bytes; {LIMIT} are allowed"
