"""Prints the variant that wins each operation of a run, and what it costs: python examples/which_wins.py RUN"""

import sys

import lab
from lab.errors import LabError


def main(path: str) -> None:
    run = lab.read_run(path)
    shown = run.comparisons[run.comparisons["direction"] == "faster"]
    best = shown.loc[shown.groupby(["engine", "operation"])["ratio"].idxmin()]
    size_bytes = run.variants.set_index(["engine", "variant"])[["table_bytes", "index_bytes"]].sum(axis=1)
    base_bytes = size_bytes.xs("base", level="variant")
    for win in best.itertuples():
        growth = size_bytes[win.engine, win.variant] / base_bytes[win.engine]
        print(f"{win.engine}  {win.operation}: {win.variant}, {win.ratio:.3f}x the time, {growth:.2f}x the size")
    print(f"{len(run.comparisons) - len(shown)} of {len(run.comparisons)} comparisons show no gain")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python examples/which_wins.py RUN")
    try:
        main(sys.argv[1])
    except LabError as error:
        sys.exit(str(error))
