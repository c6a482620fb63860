# SPDX-License-Identifier: GPL-2.0-or-later
"""The clients of samples/clients against the server, as this user and as one without privileges."""
import subprocess

import server_support


def run_client(system, user):
    with server_support.server(user=user) as (address, place):
        program = server_support.reachable(
            server_support.BUILD / "bin" / f"clients_{system}", place)
        run = subprocess.run([program, address], capture_output=True, text=True, timeout=60,
                             **user)
        assert run.returncode == 0, f"{system}:\n{run.stdout}{run.stderr}"
        assert not list((place / "files").iterdir()), f"{system} left files behind"
        print(f"{system}: {len(run.stdout.splitlines())} steps as {user.get('user', 'this user')}")


def has_no_dependency(system):
    """Plain C over a socket: libc and nothing else."""
    program = server_support.BUILD / "bin" / f"clients_{system}"
    output = subprocess.run(["readelf", "-d", program], capture_output=True, text=True,
                            check=True).stdout
    needed = [line.split("[")[1].rstrip("]") for line in output.splitlines() if "(NEEDED)" in line]
    strange = [name for name in needed
               if not name.startswith(("libc.", "libpthread.", "libasan", "libubsan", "ld-",
                                       "libgcc_s", "libm.", "libgcov"))]
    assert not strange, f"{system} needs {strange}"


for system in ("horizon", "ctr", "orbis"):
    has_no_dependency(system)
    for user in server_support.users():
        run_client(system, user)
