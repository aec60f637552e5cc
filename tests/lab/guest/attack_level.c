// SPDX-License-Identifier: GPL-2.0
/* How much memory the kernel holds, after it has let go of what it only keeps at hand. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attack.h"

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

static FILE *open_file(const char *path)
{
	FILE *f = fopen(path, "re");

	if (!f)
		die(path);
	return f;
}

/*
 * Of the slab that a CPU allocates from, /proc/slabinfo has all objects in use: half a dozen blocks of
 * 4 KiB too many, or none, as it happens. To shrink a cache takes the slab from the CPU. What has to
 * be allocated for that and for reading is allocated before, by opening and by reading once.
 */
static FILE *open_shrunk_slabinfo(void)
{
	int fds[1024], n = 0;
	struct dirent *entry;
	char path[512];
	DIR *dir = opendir("/sys/kernel/slab");
	FILE *slabinfo = open_file("/proc/slabinfo");

	if (!dir)
		die("/sys/kernel/slab");
	while ((entry = readdir(dir)) && n < (int)(sizeof(fds) / sizeof(fds[0]))) {
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", entry->d_name);
		if (entry->d_name[0] == '.')
			continue;
		fds[n] = open(path, O_WRONLY | O_CLOEXEC);
		if (fds[n] >= 0)
			n++;
		else if (errno != ENOENT)
			die(path);
	}
	closedir(dir);
	while (fgets(path, sizeof(path), slabinfo))
		;
	for (int i = 0; i < n; i++)
		if (write(fds[i], "1", 1) < 0)
			perror("shrink");
	for (int i = 0; i < n; i++)
		close(fds[i]);
	return slabinfo;
}

/* The value of a line "NAME VALUE" or "NAME: VALUE kB". */
static unsigned long long number_of(const char *path, const char *wanted)
{
	unsigned long long value, found = 0;
	char line[256], name[64];
	FILE *f = open_file(path);

	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%63[^: ]%*[: ]%llu", name, &value) == 2 && !strcmp(name, wanted))
			found = value;
	fclose(f);
	return found;
}

struct slabs {
	unsigned long long kmalloc, skbuff;	/* bytes of objects in use */
	unsigned long long pages;		/* of all caches */
};

static struct slabs read_slabs(FILE *slabinfo)
{
	unsigned long active, all, size, pages, n;
	struct slabs slabs = { 0 };
	char line[512], name[64];

	rewind(slabinfo);
	while (fgets(line, sizeof(line), slabinfo)) {
		if (sscanf(line, "%63s %lu %lu %lu %*u %lu : %*s %*u %*u %*u : %*s %*u %lu", name, &active,
			   &all, &size, &pages, &n) != 6)
			continue;
		slabs.pages += pages * n;
		if (!strncmp(name, "kmalloc", 7))
			slabs.kmalloc += (unsigned long long)active * size;
		else if (!strncmp(name, "skbuff", 6))
			slabs.skbuff += (unsigned long long)active * size;
	}
	return slabs;
}

/*
 * What kmalloc has no cache for is counted with the pages of the caches, of which some may come or go
 * between two looks. Each CPU keeps a part of that count to itself until it is refreshed.
 */
static long long count_large_pages(FILE *slabinfo)
{
	unsigned long long cached, all_pages;
	int tries = 0;

	do {
		cached = read_slabs(slabinfo).pages;
		write_file("/proc/sys/vm/stat_refresh", "1");
		all_pages = number_of("/proc/vmstat", "nr_slab_unreclaimable") +
			    number_of("/proc/vmstat", "nr_slab_reclaimable");
	} while (read_slabs(slabinfo).pages != cached && ++tries < 50);
	return all_pages - cached;
}

static void print_slabs(void)
{
	FILE *slabinfo = open_shrunk_slabinfo();
	const struct slabs slabs = read_slabs(slabinfo);

	printf("kmalloc %llu\nskbuff %llu\nlarge-pages %lld\n", slabs.kmalloc, slabs.skbuff,
	       count_large_pages(slabinfo));
	fclose(slabinfo);
}

/* Free or kept at hand for one CPU, which is as good. */
static void print_pages(void)
{
	unsigned long managed = 0, pages = 0, n;
	char line[256];
	FILE *f = open_file("/proc/zoneinfo");

	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " managed %lu", &n) == 1)
			managed += n;
		else if (sscanf(line, " pages free %lu", &n) == 1 || sscanf(line, " count: %lu", &n) == 1)
			pages += n;
	}
	fclose(f);
	printf("pages %lu\n", managed - pages);
}

static void print_sockets(void)
{
	unsigned int generic = 0, protocol;
	char line[512];
	FILE *f = open_file("/proc/net/netlink");

	while (fgets(line, sizeof(line), f))
		generic += sscanf(line, "%*s %u", &protocol) == 1 && protocol == NETLINK_GENERIC;
	fclose(f);
	printf("sockets %u\n", generic);
}

/*
 * A file of this kind has a block of 4 KiB from the first time that it is read, a pipe of 256 pages
 * one of 4 pages, of which it has an array.
 */
void hold_blocks(void)
{
	int fd = open("/proc/slabinfo", O_RDONLY | O_CLOEXEC);
	int ends[2];
	char c;

	if (fd < 0 || read(fd, &c, 1) != 1)
		die("/proc/slabinfo");
	if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[0], F_SETPIPE_SZ, 1 << 20) < 0)
		die("pipe");
}

void print_level(void)
{
	char line[128];
	FILE *f;

	sync();
	write_file("/proc/sys/vm/drop_caches", "3");
	/* Refreshes what the CPUs keep to themselves, of the pages below as well. */
	print_slabs();
	printf("vmalloc %llu\n", number_of("/proc/meminfo", "VmallocUsed"));
	print_pages();
	print_sockets();
	f = fopen("/sys/module/vmxprobe/refcnt", "re");
	if (f && fgets(line, sizeof(line), f))
		printf("users %s", line);
	if (f)
		fclose(f);
}
