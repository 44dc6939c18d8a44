// SPDX-License-Identifier: MIT
//
// defs.c - -z defs for shared objects: they are linked with libthrumnames.so, which stands for the
// runtime of the executable. Afterwards the dependency on it is removed.

#include "cc/driver/driver.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// forget_names takes the dependency on libthrumnames.so out of the dynamic section of a shared
// object. Returns: false if the file is not such an object.
bool
forget_names(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;
	bool done = false;

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < (off_t)sizeof(Elf64_Ehdr))
		return false;
	char *at = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return false;
	const Elf64_Ehdr *h = (const void *)at;
	const Elf64_Shdr *section = (const void *)(at + h->e_shoff);
	for (int i = 0; memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 && i < h->e_shnum; i++) {
		if (section[i].sh_type != SHT_DYNAMIC)
			continue;
		const char *strings = at + section[section[i].sh_link].sh_offset;
		Elf64_Dyn *d = (void *)(at + section[i].sh_offset), *to = d, *end = d + section[i].sh_size / sizeof *d;
		for (; d < end; d++)
			if (d->d_tag != DT_NEEDED || strcmp(strings + d->d_un.d_val, NAMES) != 0)
				*to++ = *d;
		memset(to, 0, (size_t)((char *)end - (char *)to));
		done = true;
	}
	munmap(at, (size_t)st.st_size);
	return done;
}
