"""Work out what the published tables leave of 25 numbers that were not published."""

import csv
from pathlib import Path

from tally import claims, codebook, solve

HERE = Path(__file__).parent

if __name__ == "__main__":
    frame = codebook.load(HERE / "frame")
    facts = solve.Facts(frame, claims.read_csv(HERE / "claims.csv", frame))
    with (HERE / "questions.csv").open() as source, (HERE / "ranges.csv").open("w") as target:
        out = csv.writer(target, lineterminator="\n")
        out.writerow(("id", "low", "high", "low_proved", "high_proved"))
        for row in csv.DictReader(source):
            found = facts.bound(row["quantity"])
            out.writerow((row["id"], found.low, found.high, found.low_proved, found.high_proved))
