module jetpack-start

go 1.26
