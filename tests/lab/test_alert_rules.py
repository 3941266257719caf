"""promtool checks the rules of every kind and exporter, and runs their tests."""

from __future__ import annotations

from tests.alert_rules import RULES
from tests.lab.cluster import Lab

PLACE = "/home/alice/rules-of-all"
RUN = f"""
cd {PLACE}
for folder in *; do
  for rules in "$folder"/*.test.yml; do promtool test rules "$rules" || echo "wrong: $rules"; done
  for rules in "$folder"/*s.yml; do
    promtool check rules --lint=all --lint-fatal "$rules" || echo "wrong: $rules"
  done
done
"""


def test_every_rule_is_right_and_passes_its_tests(lab: Lab) -> None:
    image = lab.image("monitoring")
    for folder in sorted({path.parent for path in RULES}):
        lab.run(["mkdir", "-p", f"{PLACE}/{folder.name}"])
        for path in folder.glob("*.yml"):
            lab.write(f"{PLACE}/{folder.name}/{path.name}", path.read_text())
    bind = ("--bind", f"{PLACE}:{PLACE}")
    done = lab.run(["apptainer", "-q", "exec", *bind, image, "bash", "-c", RUN])
    assert "wrong" not in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("Unit Testing") == len(RULES)
    assert done.stdout.count("SUCCESS") == 2 * len(RULES)
