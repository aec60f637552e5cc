# SPDX-License-Identifier: GPL-2.0
# Writes made-enter.json: guests that were entered as the SDM has it, on CPUs 0-1; CPU 2 pushes no
# error code, and CPU 3 cannot enter any. Their capabilities are those of the lab's Haswell.
import copy
import json

READ = ["0x681c", "0x6820", "0x802", "0x804", "0x4824", "0x4826", "0x440c", "0x4016"]
FILL = 0xcc


def words(width, *values):
    data = b"".join(v.to_bytes(width, "little") for v in values)
    return data + bytes([FILL]) * (64 - len(data))


def arrival(rsp, rflags, cs, ss, info, stack):
    fields = [rsp, rflags, cs, ss, 0, 0, 3, info & ~(1 << 31)]
    return {"fields": [hex(f) for f in fields], "stack": stack.hex(), "rax": "0x7000",
            "rdx": "0xf000", "cr2": "0xc2000", "dr6": "0xffff0ff0"}


def entered(rip, arrived, reason=18, qualification=0, intr=(0, 0), idt=(0, 0)):
    return {"kind": "entered", "exit_reason": hex(reason), "qualification": hex(qualification),
            "intr_info": hex(intr[0]), "intr_error_code": hex(intr[1]), "idt_info": hex(idt[0]),
            "idt_error_code": hex(idt[1]), "guest_rip": hex(rip), "arrival": arrived}


def group(guest, code, answers):
    values = sorted(answers)
    return {"depth": "enter", "guest": guest, "program": "vmcall", "rcx": "0x0", "read": READ,
            "set": [{"name": "VM_ENTRY_EXCEPTION_ERROR_CODE", "field": "0x4018", "value": hex(code)},
                    {"name": "VM_ENTRY_INSTRUCTION_LEN", "field": "0x401a", "value": "0x1"}],
            "sweep_name": "VM_ENTRY_INTR_INFO_FIELD", "sweep_field": "0x4016",
            "sweep_values": [{"first": hex(v), "count": 1} for v in values],
            "outcomes": [answers[v] for v in values],
            "runs": [{"outcome": i, "count": 1} for i in range(len(values))]}


def evidence(pushes):
    code = [5] if pushes else []
    less = 8 * len(code)
    refused = {"kind": "fail-valid", "insn": "vmlaunch", "error": 7}
    return [
        # #GP with error code 5; a #PF that becomes #DF; #BP, which may have no error code.
        group("long", 5, {
            0x80000b0d: entered(0x10d0, arrival(
                0x3df8 - less, 2, 0x08, 0x10, 0x80000b0d,
                words(8, *code, 0x2000, 0x40, 0x10002, 0x3e28, 0x10))),
            0x80000b0e: entered(0x2000, arrival(0x3e28, 0x10002, 0x40, 0x10, 0x80000b0e, b""),
                                reason=0, intr=(0x80000b08, 0), idt=(0x80000b0e, 5)),
            0x80000b03: refused,
        }),
        group("pm32", 5, {
            0x80000b0d: entered(0x10d0, arrival(
                0x3e1c - len(code) * 4, 2, 0x18, 0x10, 0x80000b0d,
                words(4, *code, 0x2000, 0x48, 0x10002))),
        }),
        group("real", 0, {
            0x8000030d: entered(0x10d0, arrival(
                0x3e22, 2, 0x0, 0x0, 0x8000030d, words(2, 0x1000, 0x100, 0x2))),
            # Nothing sent it to a handler: the VMCALL is its program's.
            0x80000700: entered(0x1000, arrival(
                0x3e28, 2, 0x100, 0x0, 0x80000700, words(2)), reason=37),
        }),
    ]


with open("bochs-haswell.json", encoding="ascii") as file:
    report = json.load(file)
first = report["profiles"][0]
profiles = [dict(copy.deepcopy(first), evidence=evidence(pushes)) for pushes in (True, False)]
for msr in profiles[1]["msrs"]:
    if msr["name"] == "IA32_VMX_BASIC":
        msr["value"] = hex(int(msr["value"], 0) & ~(1 << 56))
bare = dict(copy.deepcopy(first), evidence=[])
for msr in bare["msrs"]:
    if "PINBASED" in msr["name"]:
        msr["value"] = hex(int(msr["value"], 0) & ~(1 << (32 + 6)))
report["profiles"] = profiles + [bare]
report["cpus"] = [{"cpu": i, "readiness": "ready", "profile": p}
                  for i, p in enumerate((0, 0, 1, 2))]
report["created"] = None
report["tool"] = None
report["source"] = "made by made-enter.py"
with open("made-enter.json", "w", encoding="ascii") as file:
    json.dump(report, file)
