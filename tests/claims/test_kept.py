"""The ledger on disk: what is kept, what is checked again, and in how many processes."""

import json
import math

import pytest

from lrtheory.__main__ import main
from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS, Claim, Report, Verdict, kept
from lrtheory.claims.kept import arriving_claims, kept_claims, ledger_folder
from lrtheory.commands import claims as claims_command
from lrtheory.diagrams.claims import errata, errata_bookkeeping

FEW = errata_bookkeeping.CLAIMS[:3]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LRTHEORY_LEDGER", str(tmp_path / "ledger"))
    return tmp_path / "ledger"


@pytest.fixture
def checked(monkeypatch):
    """Ids of the claims that were checked in this process, in order."""
    seen, run = [], kept.run_claims

    def noted(claims, scale):
        claims = list(claims)
        seen.extend(claim.id for claim in claims)
        return run(claims, scale)

    monkeypatch.setattr(kept, "run_claims", noted)
    return seen


def ids(claims):
    return [claim.id for claim in claims]


def own(check, name="one"):
    return Claim(
        id=f"chaos.{name}", theory="chaos", kind="theorem", statement="A statement.", source="kong2020",
        how="By counting.", states=HOLDS, check=check, page="chaos/coin_toss",
    )


def test_a_claim_is_checked_once_and_comes_back_the_same(checked):
    first = kept_claims(FEW, "smoke")
    again = kept_claims(FEW[::-1], "smoke")
    assert checked == ids(FEW)
    assert repr(again) == repr(first[::-1])
    assert [report.claim for report in first] == list(FEW) and not any(report.failed for report in first)


def test_every_scale_is_kept_apart(checked):
    reports = kept_claims(FEW, "smoke") + kept_claims(FEW, "laptop")
    assert checked == ids(FEW) * 2
    assert [report.scale for report in reports] == ["smoke"] * 3 + ["laptop"] * 3
    assert kept_claims(FEW, "laptop")[0].scale == "laptop" and len(checked) == 6


def test_a_claim_is_checked_again_when_asked_or_when_what_it_rests_on_changes(checked, monkeypatch):
    kept_claims(FEW, "smoke")
    kept_claims(FEW[:1], "smoke", again=True)
    assert checked == ids([*FEW, FEW[0]])
    monkeypatch.setattr(kept, "inputs_digest", lambda imports, runs: f"other {imports}")
    kept_claims(FEW, "smoke")
    assert checked == ids([*FEW, FEW[0], *FEW])


def test_the_claims_of_a_module_rest_on_what_that_module_reaches(monkeypatch):
    asked = []
    monkeypatch.setattr(kept, "inputs_digest", lambda imports, runs: asked.append(imports) or "key")
    kept_claims([*FEW, errata.CLAIMS[0]], "smoke", jobs=1)
    names = ["errata_bookkeeping", "errata"]
    assert asked == [[(f"lrtheory.diagrams.claims.{name}", None)] for name in names]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"key": 1}', "cut"])
def test_a_damaged_entry_is_no_entry(checked, folder, damage):
    (first,) = kept_claims(FEW[:1], "smoke")
    (path,) = folder.iterdir()
    path.write_text(path.read_text()[:-40] if damage == "cut" else damage)
    (again,) = kept_claims(FEW[:1], "smoke")
    assert checked == ids([FEW[0], FEW[0]]) and again.verdict == first.verdict


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict(DOES_NOT_REPRODUCE, math.nan),
        Verdict(DOES_NOT_REPRODUCE, -math.inf, predicted=math.inf, interval=(-3.0, math.inf)),
        Verdict.near(0.1 + 0.2, 1 / 3, stderr=0.1, limits="lr < 1 ≈", note="n"),
        Verdict.at_least(1e300, 5e-324),
        None,
    ],
)
def test_every_report_comes_back_from_its_text(verdict):
    report = Report(own(lambda scale: verdict), "laptop", verdict, "" if verdict else "E: e", 0.1)
    text = json.dumps(kept._fields(report))
    assert repr(kept._report(report.claim, "laptop", json.loads(text))) == repr(report)


def test_what_is_not_the_packages_own_is_never_kept(checked, folder):
    fake = own(FEW[0].check, "gibbs-law")  # an id of the package, another claim
    for _ in range(2):
        reports = kept_claims([own(lambda scale: Verdict(HOLDS, 1.0)), fake], "smoke")
        assert [report.failed for report in reports] == [False, False]
    assert checked == ["chaos.one", "chaos.gibbs-law"] * 2 and not folder.exists()


def test_a_check_that_raised_is_not_kept(monkeypatch, folder):
    def fails(scale):
        raise OSError("no space")

    broken = Claim(**{**vars(FEW[0]), "check": fails})
    monkeypatch.setattr(kept, "load_claims", lambda theory: (broken,))
    (report,) = kept_claims([broken], "smoke")
    assert report.error == "OSError: no space" and not folder.exists()


def test_a_ledger_that_cannot_be_written_keeps_nothing_and_stops_nobody(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LRTHEORY_LEDGER", str(tmp_path / "file" / "ledger"))
    assert not kept_claims(FEW[:1], "smoke")[0].failed


def test_an_unknown_scale_is_refused():
    with pytest.raises(ValueError, match="scale must be one of smoke, laptop, long, got 'huge'"):
        kept_claims([], "huge")


@pytest.mark.slow
def test_processes_find_what_one_finds_and_the_longest_family_goes_first(checked, folder):
    claims = [*FEW, *errata.CLAIMS[:2]]
    alone = kept_claims(claims, "smoke", jobs=1)
    assert checked == ids(claims)
    for path in folder.glob("*.json"):
        entry = json.loads(path.read_text())
        long = path.name.startswith(errata.CLAIMS[0].id)
        path.write_text(json.dumps({**entry, "key": "old", "seconds": 100.0 if long else 0.1}))
    arrived = list(arriving_claims(claims, "smoke", jobs=2))
    assert checked == ids(claims)  # nothing more in this process
    assert {r.claim.id: r.verdict for r in arrived} == {r.claim.id: r.verdict for r in alone}
    kept_claims(claims, "smoke", jobs=2)
    assert checked == ids(claims)


def test_the_ledger_lies_beside_the_built_book_or_in_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("LRTHEORY_LEDGER")
    assert ledger_folder().parts[-2:] == ("_build", "ledger")
    monkeypatch.setattr(kept, "PACKAGE", tmp_path / "site-packages" / "lrtheory")
    assert "lrtheory" in ledger_folder().parts and ledger_folder().name == "ledger"


def test_an_interrupted_command_prints_the_verdicts_so_far_and_one_line_more(monkeypatch, capsys):
    def interrupt(scale):
        raise KeyboardInterrupt

    claims = (own(lambda scale: Verdict(HOLDS, 1.0)), own(interrupt, "two"), own(interrupt, "three"))
    monkeypatch.setattr(claims_command, "load_claims", lambda theory: claims)
    assert main(["claims"]) == 130
    out, err = capsys.readouterr()
    assert "✓ chaos.one: holds" in out and "chaos.two" not in out and "1 claim (holds: 1)." in out
    assert err == "lrtheory: stopped after 1 of 3 claims; what is checked is kept\n"


def test_the_command_reads_the_ledger_unless_asked_to_check_again(checked, capsys):
    command = ["claims", "--id", FEW[0].id]
    assert main(command) == main(command) == 0 and checked == [FEW[0].id]
    assert main([*command, "--again"]) == 0 and checked == [FEW[0].id] * 2
