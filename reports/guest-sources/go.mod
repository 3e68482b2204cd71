module wasip1-matrix/reports/guest-sources

go 1.21
