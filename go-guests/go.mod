module wasip1-matrix/go-guests

go 1.21
