local b = import "b.libsonnet";
{ a: b.f(2), s: std.repeat("ab", 3) }
