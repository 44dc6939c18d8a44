// SPDX-License-Identifier: MIT
// foreign_structs.h - types and calls that both sides of args_struct_foreign share.
#ifndef FOREIGN_STRUCTS_H
#define FOREIGN_STRUCTS_H

struct s1 { char a; };
struct s3 { char a[3]; };
struct s8 { int a; float b; };
struct s12 { int a; short b; float c; };
struct s16 { double a; long b; };
struct sff { float a, b, c, d; };
struct s24 { long a; double b; int *p; };
struct s100 { int n; char text[96]; };
struct s2000 { unsigned w[500]; };
struct sx { long double a; int b; };
struct a32 { _Alignas(32) int v[8]; };

typedef struct s16 cb16(struct s1, struct s3, struct s8, struct s12, struct s16, struct sff, struct s24, struct s100, int);
typedef struct s2000 cb2000(struct s2000, const struct s2000 *, int);
typedef struct sx cbx(int, struct sx, long double, struct sx, struct a32, double);

cb16 foreign16;
cb2000 foreign2000;
cbx foreignx;
extern cb16 *const foreign_ptr16;
void foreign_set(cb16 *, cb2000 *, cbx *);
struct s1 foreign1(struct s1);
struct s3 foreign3(struct s3);
struct s8 foreign8(struct s8);
struct s12 foreign12(struct s12);
struct sff foreignff(struct sff);
long foreign_sum(int a, int b, int c, int d, int e, int f, int g, int h, double i, double j, double k, double l, double m,
    double n, double o, double p, double q, double r, char s, struct s24 t, short u, struct s16 v);

#endif
