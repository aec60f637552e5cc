// SPDX-License-Identifier: GPL-2.0
/* The text of a report from a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "out.h"
#include "report.h"

/* A pipe as well. */
char *report_read(const char *path, size_t *length)
{
	size_t room = 0;
	char *text = NULL, *more;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*length = 0;
	if (fd < 0) {
		warn_sentence("%s: %m", path);
		return NULL;
	}
	for (;;) {
		if (*length == room) {
			room = room ? room * 2 : 65536;
			more = room <= 2 * REPORT_MAX_BYTES ? realloc(text, room) : NULL;
			if (!more) {
				warn_sentence("%s: too large for a report; at most %u bytes are "
					      "allowed", path, REPORT_MAX_BYTES);
				break;
			}
			text = more;
		}
		got = read(fd, text + *length, room - *length);
		if (!got && *length <= REPORT_MAX_BYTES) {
			close(fd);
			return text;
		}
		if (got > 0)
			*length += got;
		if (got < 0 && errno != EINTR) {
			warn_sentence("%s: %m", path);
			break;
		}
		if (*length > REPORT_MAX_BYTES) {
			warn_sentence("%s: too large for a report; at most %u bytes are allowed",
				      path, REPORT_MAX_BYTES);
			break;
		}
	}
	close(fd);
	free(text);
	return NULL;
}
