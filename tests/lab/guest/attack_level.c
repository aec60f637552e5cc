// SPDX-License-Identifier: GPL-2.0
/* How much memory the kernel holds, after it has let go of what it only keeps at hand. */
#include <dirent.h>
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

/* Gives back the objects that a cache holds for each CPU; what is counted then is in use. */
static void shrink_slabs(void)
{
	struct dirent *entry;
	char path[512];
	DIR *dir = opendir("/sys/kernel/slab");

	if (!dir)
		die("/sys/kernel/slab");
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", entry->d_name);
		if (entry->d_name[0] != '.')
			write_file(path, "1");
	}
	closedir(dir);
}

static FILE *open_file(const char *path)
{
	FILE *f = fopen(path, "re");

	if (!f)
		die(path);
	return f;
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

static void print_slabs(void)
{
	unsigned long long kmalloc = 0, skbuff = 0, cached = 0, all_pages;
	unsigned long active, all, size, pages, slabs;
	char line[512], name[64];
	FILE *f = open_file("/proc/slabinfo");

	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %lu %lu %lu %*u %lu : %*s %*u %*u %*u : %*s %*u %lu", name, &active,
			   &all, &size, &pages, &slabs) != 6)
			continue;
		cached += pages * slabs;
		if (!strncmp(name, "kmalloc", 7))
			kmalloc += (unsigned long long)active * size;
		else if (!strncmp(name, "skbuff", 6))
			skbuff += (unsigned long long)active * size;
	}
	fclose(f);
	/* What kmalloc has no cache for is counted with the pages of the caches. */
	all_pages = number_of("/proc/vmstat", "nr_slab_unreclaimable") +
		    number_of("/proc/vmstat", "nr_slab_reclaimable");
	printf("kmalloc %llu\nskbuff %llu\nlarge-pages %lld\n", kmalloc, skbuff,
	       (long long)(all_pages - cached));
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

void print_level(void)
{
	char line[128];
	FILE *f;

	sync();
	write_file("/proc/sys/vm/drop_caches", "3");
	shrink_slabs();
	write_file("/proc/sys/vm/stat_refresh", "1");
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
