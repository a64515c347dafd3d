"""Measure fetching from the portal's stand-in, and keep the record for the docs.

    python tools/fetching.py [ROUNDS [KILLS]]   measure, and write docs/fetching.md
    python tools/fetching.py page               write the page from what is on record

The tomogram has 630 x 630 x 184 voxels, in the portal's layout; the server is a process of its
own, and so is each measurement. What is compared is named in `WAYS`; the clock starts once the
tomogram is found, and all move the same objects, those of level 0.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from zarr_cryoet.emulators import slow
from zarr_cryoet.emulators.portal import Portal, portal

ROOT = Path(__file__).resolve().parents[1]
RECORD, PAGE = ROOT / "docs" / "records" / "fetching.json", ROOT / "docs" / "fetching.md"
NAME = "portal:10445/TS_100_3@10.012"
CROP = "10:138,200:328,200:328"  # crosses chunks along y and x
BANDWIDTH, LATENCY = 5e6, 0.1

WAYS = {
    "client": "the client's download_omezarr of level 0",
    "gather": "our objects of level 0 on disk, as the client leaves them",
    "prepare": "all of `volumes fetch`: checked by MD5, decoded, written as .npy, SHA-256",
    "client+zarr": "the client's download, then zarr-python, numpy.save, and SHA-256",
}


def child(way: str, place: Path) -> dict:
    """Do it once, in this process."""
    from zarr_cryoet.volumes.portal import api
    from zarr_cryoet.volumes.portal.asked import parse

    found = api.find(parse(NAME))
    act = {"client": _client, "gather": _gather, "prepare": _prepare, "client+zarr": _client_zarr}
    started, cpu = time.perf_counter(), time.process_time()
    digest = act[way](found, place)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    return {"seconds": seconds, "cpu": cpu, "peak_mib": _peak(), "sha256": digest}


def _peak() -> float:
    """Of this process; `ru_maxrss` would be its parent's, from which it was forked."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _client(found, place: Path) -> None:
    import cryoet_data_portal

    client = cryoet_data_portal.Client(os.environ["ZARR_CRYOET_PORTAL_URL"])
    tomogram = cryoet_data_portal.Tomogram.get_by_id(client, found.id)
    tomogram.s3_omezarr_dir += "/0"  # its own code, for the objects that the others read
    tomogram.download_omezarr(str(place))


def _client_zarr(found, place: Path) -> str:
    import hashlib

    import numpy as np
    import zarr

    _client(found, place)
    np.save(place / "made.npy", zarr.open_array(str(place / "0"), mode="r")[...])
    with (place / "made.npy").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _gather(found, place: Path) -> None:
    from zarr_cryoet.volumes.portal import image
    from zarr_cryoet.volumes.portal.bucket import Objects
    from zarr_cryoet.volumes.portal.gather import CONNECTIONS, Gathering, gather

    objects = Objects(found.s3, CONNECTIONS)
    level = image.opened(found.s3, objects.get, 0, found.shape)
    listed = objects.listed(level.path)
    wanted = {key: listed[key] for key in level.keys(tuple((0, n) for n in level.shape))}
    for _ in gather(objects, Gathering(place, found.s3, wanted)):
        pass


def _prepare(found, place: Path) -> str:
    from zarr_cryoet.volumes import cache
    from zarr_cryoet.volumes.resolve import resolve

    return cache.prepare(resolve(NAME))[0].sha256


def _start(way: str, place: Path, running: Portal, settings: dict) -> subprocess.Popen:
    env = {**os.environ, **settings, "ZARR_CRYOET_CACHE": str(place / "cache")}
    command = [sys.executable, __file__, "child", way, str(place)]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _once(way: str, running: Portal, settings: dict) -> dict:
    with tempfile.TemporaryDirectory(prefix="fetching-") as place:
        before = _cpu(running.bucket.pid)
        said, errors = (process := _start(way, Path(place), running, settings)).communicate()
        if process.returncode:
            sys.exit(errors.decode())
        answer = json.loads(said)
        return {**answer, "server_cpu": _cpu(running.bucket.pid) - before}


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def compare(running: Portal, settings: dict, rounds: int) -> dict:
    """All ways, in turn, each beginning a round as often as the others."""
    found: dict[str, list[dict]] = {way: [] for way in WAYS}
    order = list(WAYS)
    for _ in range(rounds):
        for way in order:
            found[way].append(_once(way, running, settings))
            last = found[way][-1]
            print(way, {k: round(v, 2) for k, v in last.items() if k != "sha256"}, flush=True)
        order = order[1:] + order[:1]
    digests = {r["sha256"] for way in ("prepare", "client+zarr") for r in found[way]}
    ratios = {
        way: [a["seconds"] / b["seconds"] for a, b in zip(found["client"], found[way], strict=True)]
        for way in WAYS
    }
    return {
        "same_sha256": len(digests) == 1,
        "ways": {
            way: {
                **{k: round(median(r[k] for r in rows), 3) for k in rows[0] if k != "sha256"},
                "speed_of_client": round(median(ratios[way]), 3),
                "speeds_of_client": [round(r, 3) for r in ratios[way]],
            }
            for way, rows in found.items()
        },
    }


def kills(running: Portal, settings: dict, count: int, seconds: float) -> dict:
    """Kill it at a random moment, run it again, and ask the server's log."""
    chance, digests, repeated, moments = random.Random(4), set(), 0, []
    for _ in range(count):
        with tempfile.TemporaryDirectory(prefix="fetching-") as folder:
            place = Path(folder)
            process = _start("prepare", place, running, settings)
            while process.poll() is None and not list(place.rglob("pieces.log")):
                time.sleep(0.01)
            time.sleep(chance.uniform(0, seconds))
            process.kill()
            process.communicate()
            whole, parts, share = _held(place)
            moments.append(share)
            running.bucket.clear()
            said, errors = _start("prepare", place, running, settings).communicate()
            digests.add(json.loads(said or b"{}").get("sha256") or errors.decode())
            asked = [r for r in running.bucket.requests() if r.range]
            again = [r for r in asked if _key(r) in whole or _overlaps(r, parts)]
            repeated += len(again)
            print("killed", moments[-1], "asked again", len(again), flush=True)
    return {"kills": count, "sha256s": len(digests), "requests_for_what_was_here": repeated,
            "share_when_killed": moments, "sha256": next(iter(digests))}  # fmt: skip


def _key(request) -> str:
    return request.path.partition(".zarr/")[2]


def _overlaps(request, pieces: set) -> bool:
    """Whether it asks for any byte of what was on record."""
    first, last = map(int, request.range.removeprefix("bytes=").split("-"))
    return any(k == _key(request) and b <= last and first < e for k, b, e in pieces)


def _held(place: Path) -> tuple[set, set, float]:
    """Objects that were whole, and pieces on record, when the process was killed."""
    (folder,) = place.rglob("objects") if list(place.rglob("pieces.log")) else (place / "no",)
    files = [p for p in folder.rglob("*") if p.is_file() and p.parent != folder]
    names = [p.relative_to(folder).as_posix() for p in files]
    whole = {n for n in names if not n.endswith((".part", ".zarray"))}
    lines = [line.split(" ", 2) for line in (folder / "pieces.log").read_text().splitlines()]
    parts = {(key, int(begin), int(end)) for begin, end, key in lines}
    head = json.loads((folder / "head.json").read_text())["objects"]
    done = sum(head[k][0] for k in whole)
    done += sum(int(e) - int(b) for b, e, k in lines if k not in whole)
    return whole, parts, round(done / sum(size for size, _ in head.values()), 2)


def crop(running: Portal, settings: dict) -> dict:
    """Which objects a crop reads."""
    running.bucket.clear()
    name = f"{NAME}?crop={CROP}"
    with tempfile.TemporaryDirectory(prefix="fetching-") as place:
        env = {**os.environ, **settings, "ZARR_CRYOET_CACHE": place}
        command = [sys.executable, "-m", "zarr_cryoet", "volumes", "prepare", name, "--json"]
        subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    read = {_key(r) for r in running.bucket.requests() if r.range}
    return {"crop": CROP, "chunks_read": sorted(read)}


def page() -> str:
    """All of docs/fetching.md."""
    kept = json.loads(RECORD.read_text())
    lines = [_INTRO.format(**kept)]
    titles = {
        "loopback": "On loopback, as fast as it goes",
        "slow": f"{kept['bandwidth_mb_per_s']:g} MB/s for each connection, "
        f"{kept['latency_ms']:g} ms before each request",
    }
    for name, title in titles.items():
        lines += [f"## {title}\n", *_table(kept[name])]
    chunks = kept["crop"]["chunks_read"]
    lines.append(
        f"## Crops and kills\n\nThe crop {kept['crop']['crop']} (128³ voxels) reads "
        f"{len(chunks)} chunks: {', '.join(chunks)}.\n"
    )
    told = kept["kills"]
    moments = ", ".join(f"{100 * share:.0f}" for share in sorted(told["share_when_killed"]))
    lines.append(
        f"Fetching over the slow network was ended by SIGKILL {told['kills']} times, at random "
        f"moments, with {moments} per cent on record, and run again. The voxels then had "
        f"{told['sha256s']} SHA-256 in all ({told['sha256'][:12]}…); requests of the second runs, "
        f"in the server's log, for any byte that was on record: "
        f"{told['requests_for_what_was_here']}."
    )
    return "\n".join(lines) + "\n"


_INTRO = """# Fetching from the portal, measured

Written by `tools/fetching.py` from `docs/records/fetching.json`; nothing here was typed in. A
tomogram of 630 x 630 x 184 voxels, float32, in the portal's layout, from the stand-in
(`zarr-cryoet stand-in portal --full`), whose server is a process of its own, as is each
measurement. Cores in all, for server, network and client together: {cores}; load of the machine
before: {load_before}, others' work included, so that seconds say little, and ratios, taken within
each of {rounds} rounds, and CPU time more. Medians; ranges of ratios in brackets. All ways move
the same objects, those of level 0.
"""


def _table(kept: dict) -> list[str]:
    lines = [
        "| way | speed, in units of the client's | seconds | CPU s | server's CPU s | peak MiB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for way, row in kept["ways"].items():
        each = row["speeds_of_client"]
        speed = f"{row['speed_of_client']:.2f} ({min(each):.2f} to {max(each):.2f})"
        lines.append(
            f"| {WAYS[way]} | {speed} | {row['seconds']:.1f} | {row['cpu']:.2f} "
            f"| {row['server_cpu']:.2f} | {row['peak_mib']:.0f} |"
        )
    same = "the same" if kept["same_sha256"] else "DIFFERENT"
    return [*lines, f"\nSHA-256 of the voxels from both ways that decode: {same}.\n"]


def main(rounds: int = 5, count: int = 10) -> None:
    """What the text above says."""
    with portal(full=True) as running:
        plain = {**running.settings, "NO_PROXY": "127.0.0.1"}
        with slow.child(running.bucket.url, BANDWIDTH, LATENCY) as proxy:
            throttled = {**plain, "AWS_ENDPOINT_URL_S3": proxy.url, "BOTO_ENDPOINT_URL": proxy.url}
            record = {
                "cores": len(os.sched_getaffinity(0)),
                "load_before": round(os.getloadavg()[0], 1),
                "rounds": rounds,
                "bandwidth_mb_per_s": BANDWIDTH / 1e6,
                "latency_ms": LATENCY * 1e3,
                "what": WAYS,
                "crop": crop(running, plain),
                "loopback": compare(running, plain, rounds),
                "slow": compare(running, throttled, rounds),
            }
            seconds = record["slow"]["ways"]["prepare"]["seconds"]
            record["kills"] = kills(running, throttled, count, 0.8 * seconds)
    RECORD.write_text(json.dumps(record, indent=1) + "\n")
    PAGE.write_text(page())


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        sys.stdout.write(json.dumps(child(sys.argv[2], Path(sys.argv[3]))))
    elif sys.argv[1:] == ["page"]:
        PAGE.write_text(page())
    else:
        main(*map(int, sys.argv[1:]))
