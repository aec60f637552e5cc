# SPDX-License-Identifier: GPL-2.0
"""The initramfs of one boot: busybox, the guest's init, and whatever is taken along."""
import os
import re
import stat
import subprocess

DIRECTORIES = ('bin', 'dev', 'etc', 'lab', 'proc', 'root', 'run', 'sys', 'tmp', 'var', 'home', 'home/nobody')
PASSWD = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home/nobody:/bin/sh\n'
GROUP = 'root:x:0:\nnogroup:x:65534:\n'


class Archive:
    """A cpio archive (newc) in the making; a later file of the same name replaces an earlier one."""

    def __init__(self):
        self.entries = {}

    def _parents(self, name):
        parent = os.path.dirname(name)
        if parent and parent not in self.entries:
            self._parents(parent)
            self.entries[parent] = (stat.S_IFDIR | 0o755, b'')

    def add(self, name, mode, data=b''):
        name = os.path.normpath(name).lstrip('/')
        if name == '.':
            return
        self._parents(name)
        self.entries[name] = (mode, data.encode() if isinstance(data, str) else data)

    def directory(self, name, mode=0o755):
        self.add(name, stat.S_IFDIR | mode)

    def symlink(self, name, target):
        self.add(name, stat.S_IFLNK | 0o777, target)

    def text(self, name, data, mode=0o644):
        self.add(name, stat.S_IFREG | mode, data)

    def take(self, source, name):
        """A file (its links followed, its libraries with it) or a directory (its links kept)."""
        if os.path.isdir(source):
            self.directory(name)
            for entry in sorted(os.scandir(source), key=lambda e: e.name):
                inner = os.path.join(name, entry.name)
                if entry.is_symlink():
                    self.symlink(inner, os.readlink(entry.path))
                elif entry.is_dir() or entry.is_file():
                    self.take(entry.path, inner)
            return
        with open(source, 'rb') as f:
            data = f.read()
        self.add(name, stat.S_IFREG | stat.S_IMODE(os.stat(source).st_mode), data)
        if data.startswith(b'\x7fELF'):
            self._libraries(source)

    def _libraries(self, program):
        listing = subprocess.run(['ldd', program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                 check=False).stdout
        if re.search('=> not found', listing):
            raise FileNotFoundError(f'{program}: a shared library is missing:\n{listing}')
        for path in re.findall(r'(/\S+) \(0x', listing):
            if path.lstrip('/') not in self.entries:
                with open(path, 'rb') as f:
                    self.add(path, stat.S_IFREG | 0o755, f.read())

    def pack(self):
        out = []
        for inode, (name, (mode, data)) in enumerate([*self.entries.items(), ('TRAILER!!!', (0, b''))], 1):
            raw = name.encode() + b'\0'
            fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0)
            header = b'070701' + b''.join(b'%08x' % field for field in fields) + raw
            out += [header, bytes(-len(header) % 4), data, bytes(-len(data) % 4)]
        return b''.join(out)


def module_closure(modules, wanted):
    """Paths (below modules) of the modules wanted and those they depend on, in the order of loading."""
    def key(path):
        return re.sub(r'\.ko(\.\w+)?$', '', os.path.basename(path)).replace('-', '_')

    with open(os.path.join(modules, 'modules.dep'), encoding='ascii') as f:
        depends = {key(line.split(':')[0]): (line.split(':')[0], line.split(':')[1].split()) for line in f}
    with open(os.path.join(modules, 'modules.builtin'), encoding='ascii') as f:
        builtin = {key(line.strip()) for line in f}
    order = []
    for name in wanted:
        name = name.replace('-', '_')
        if name in builtin:
            continue
        if name not in depends:
            raise FileNotFoundError(f'no module {name} in {modules}')
        path, below = depends[name]
        order += [p for p in [*reversed(below), path] if p not in order]
    return order


def unpacked_module(path):
    with open(path, 'rb') as f:
        data = f.read()
    tool = {'.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip'}.get(os.path.splitext(path)[1])
    if tool:
        data = subprocess.run([tool, '-dc'], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def build(command, files, modules_dir, modules, init, report):
    """The archive's bytes. files: (source, destination); modules: (name, parameters)."""
    archive = Archive()
    for name in DIRECTORIES:
        archive.directory(name, 0o1777 if name == 'tmp' else 0o755)
    archive.take('/bin/busybox', 'bin/busybox')
    for applet in subprocess.run(['busybox', '--list'], stdout=subprocess.PIPE, text=True, check=True).stdout.split():
        if applet != 'busybox':
            archive.symlink(f'bin/{applet}', 'busybox')
    archive.symlink('sbin', 'bin')
    archive.text('etc/passwd', PASSWD)
    archive.text('etc/group', GROUP)
    archive.take(init, 'init')
    archive.take(report, 'lab/report')
    archive.text('lab/command', command, 0o755)

    parameters = {name.replace('-', '_'): args for name, args in modules}
    load = ''
    for path in module_closure(modules_dir, list(parameters)):
        name = os.path.basename(path).split('.')[0]
        archive.text(f'lab/modules/{name}.ko', unpacked_module(os.path.join(modules_dir, path)))
        load += f"{name}.ko {parameters.get(name.replace('-', '_'), '')}\n"
    archive.text('lab/load', load)

    for source, destination in files:
        archive.take(source, destination)
    return archive.pack()
