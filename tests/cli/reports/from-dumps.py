#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Make the recorded reports here from capability MSRs and CPUID of public CPU dumps.

from-dumps.py DUMPS.json [DIRECTORY]

DUMPS.json is a list of {file, msr: {index: [value per core]}, cpuid: {"leaf.subleaf": [...]}},
parsed from the InstLatx64 text dumps. They hold no IA32_FEATURE_CONTROL and no MSR above
0x490; these are left out, and so is readiness. The reports go into the tree; the dumps do not.
"""
import json
import os
import sys

REPORTS = {
    "haswell-xeon": "GenuineIntel00306C3_HaswellXeon_CPUID",
    "lakefield": "GenuineIntel00806A1_Lakefield_CPUID",
    "tiger-lake": "GenuineIntel00806C1_TigerLake_01_CPUID",
    "wildcat-lake": "GenuineIntel00D0651_WildcatLake_02_CPUID",
}


def profile(dump, core):
    leaves = []
    for key, regs in dump["cpuid"].items():
        leaf, sub = key.split(".")
        leaves.append({"leaf": hex(int(leaf, 16)), "subleaf": hex(int(sub, 16)),
                       **dict(zip(("eax", "ebx", "ecx", "edx"), regs))})
    msrs = [{"index": index, "state": "read", "value": values[min(core, len(values) - 1)]}
            for index, values in dump["msr"].items()]
    return {"identity": {"microcode": "0x0"}, "cpuid": leaves, "msrs": msrs, "evidence": []}


def report(name, dump):
    profiles, cpus = [], []
    for core in range(len(dump["msr"]["0x480"])):
        one = profile(dump, core)
        if one not in profiles:
            profiles.append(one)
        cpus.append({"cpu": core, "readiness": "unknown", "profile": profiles.index(one)})
    return {"schema": "vmxprobe-report/1", "tool": None, "created": None,
            "source": "InstLatx64 " + os.path.basename(dump["file"]), "hostname": name,
            "kernel": None, "profiles": profiles, "cpus": cpus}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        dumps = json.load(file)
    where = sys.argv[2] if len(sys.argv) > 2 else os.path.dirname(os.path.abspath(__file__))
    for name, part in REPORTS.items():
        dump = next(d for d in dumps if part in d["file"])
        with open(os.path.join(where, name + ".json"), "w", encoding="utf-8") as file:
            json.dump(report(name, dump), file, indent=1)
            file.write("\n")


main()
