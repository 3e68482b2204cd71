module runtime

go 1.18

require github.com/tetratelabs/wazero v1.0.0 // indirect
