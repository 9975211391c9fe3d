"""What a process holds of the memory it is done with."""

from __future__ import annotations

import subprocess
import sys

import pytest

_WORK = """
import threading
import numpy as np
import pyarrow as pa
from lab.memory import give_back_memory

def resident():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]) / 1024

def work():
    kept = []
    for _ in range(40):
        numbers = np.arange(200_000)
        kept += [pa.array([str(n) for n in range(2_000)]), pa.array(numbers), numbers + 1]

if {is_asked}:
    give_back_memory()
before = resident()
for _ in range(3):
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print(resident() - before)
"""


def _left(is_asked: bool) -> float:
    """MiB left after several threads have freed what they took."""
    run = subprocess.run(
        [sys.executable, "-c", _WORK.format(is_asked=is_asked)], stdout=subprocess.PIPE, text=True, check=True
    )
    return float(run.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told; run it on Linux")
def test_memory_is_given_back_after_the_work_of_many_threads() -> None:
    assert 3 * _left(is_asked=True) < _left(is_asked=False)
