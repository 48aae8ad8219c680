// Command docs writes the reference and the man pages in docs from the commands of jetpack-start.
// It must run in the root of the repository; make docs does that.
package main

import (
	"log"

	"jetpack-start/internal/cli"
)

func main() {
	log.SetFlags(0)
	if err := cli.WriteReference("docs"); err != nil {
		log.Fatal(err)
	}
}
