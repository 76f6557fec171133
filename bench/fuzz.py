#!/usr/bin/env python3
"""Fuzzes every reader in turn, each in a process with bounds of its own; what is found is kept, made short.

    bench/fuzz.py                          an hour over all targets, another seed each time
    bench/fuzz.py --minutes 5 --target har --seed 7
    bench/fuzz.py --list

Finds are written to artifacts/fuzz: NAME-SEED-NUMBER.bin is the input, .txt what does not hold. To see one again:
    artifacts/bin/Parallax.Fuzz/release/Parallax.Fuzz --target NAME --input FILE
Exit code: 0 when nothing was found."""
import argparse
import json
import os
import resource
import struct
import subprocess
import sys
import time

from harness import ROOT

FUZZ = ROOT / "artifacts/bin/Parallax.Fuzz/release/Parallax.Fuzz"
FINDS = ROOT / "artifacts/fuzz"
MAX_HEAP = 2 << 30  # the .NET heap of a target, in bytes; above it the process ends and the input is kept


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=60, help="how long in all; 60 by default")
    options.add_argument("--target", action="append", help="only this one; may be given several times")
    options.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000, help="the same seed makes the same inputs")
    options.add_argument("--list", action="store_true", help="names the targets")
    given = options.parse_args()

    subprocess.run(["dotnet", "build", ROOT / "bench/Parallax.Fuzz", "-c", "Release", "--nologo", "-v", "quiet"], check=True, cwd=ROOT,
                   stdout=subprocess.DEVNULL, timeout=600)
    names = subprocess.run([FUZZ, "--list"], check=True, capture_output=True, text=True).stdout.split()
    if given.list:
        print("\n".join(names))
        return 0
    unknown = set(given.target or []) - set(names)
    if unknown:
        options.error(f"no target is called {', '.join(sorted(unknown))}; there are {', '.join(names)}")

    chosen = given.target or names
    seconds = max(1, int(given.minutes * 60 / len(chosen)))
    FINDS.mkdir(parents=True, exist_ok=True)
    print(f"seed {given.seed}, {seconds} s for each target")
    print(f"{'target':<14} {'inputs':>12} {'inputs/s':>10} {'outcomes':>9} {'finds':>6}")
    found = sum(run(name, given.seed, seconds) for name in chosen)
    print(f"{found} found" + (f", in {FINDS}" if found else ""))
    return 1 if found else 0


def run(name, seed, seconds):
    """Runs one target; how much it found."""
    current = FINDS / f"{name}.current"
    command = [FUZZ, "--target", name, "--seed", seed, "--seconds", seconds, "--finds", FINDS, "--current", current]
    # The collector and the compiler have threads of their own.
    limit = 4 * seconds + 300
    with subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "DOTNET_GCHeapHardLimit": hex(MAX_HEAP)},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))) as process:
        try:
            out, error = process.communicate(timeout=seconds * 3 + 600)
        except subprocess.TimeoutExpired:
            process.kill()
            out, error = process.communicate()

    if process.returncode in (0, 1):
        account = json.loads(out.splitlines()[-1])
        rate = account["inputs"] / max(account["seconds"], 0.1)
        print(f"{name:<14} {account['inputs']:>12,} {rate:>10,.0f} {account['outcomes']:>9,} {account['finds']:>6}", flush=True)
        current.unlink(missing_ok=True)
        sys.stderr.write(error)
        return account["finds"]

    print(f"{name:<14} ended with {process.returncode}: {(error.splitlines() or ['nothing said'])[-1]}", flush=True)
    octets = current.read_bytes() if current.exists() else b""
    length = struct.unpack("<i", octets[:4])[0] if len(octets) >= 4 else 0
    (FINDS / f"{name}-{seed}-ended.bin").write_bytes(octets[4:4 + length])
    (FINDS / f"{name}-{seed}-ended.txt").write_text(error[-20_000:])
    current.unlink(missing_ok=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
