// Command bench compares jetpack-start with the sequence of calls that the old script made, on a
// real WordPress and against the sandbox, and checks the results against limits. It exits 1 if a
// limit is exceeded. The current folder must be the root of the repository, with a jetpack-start
// that make has built.
//
//	go run ./scripts/bench [-n RUNS] [-json]
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
)

func main() {
	runs := flag.Int("n", 15, "`RUNS` of each command, of which the median is used")
	asJSON := flag.Bool("json", false, "print the results as JSON")
	flag.Parse()
	rows, err := bench(*runs)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	if *asJSON {
		_ = json.NewEncoder(os.Stdout).Encode(rows)
	} else {
		printTable(os.Stdout, rows)
	}
	if slices.ContainsFunc(rows, func(r row) bool { return !r.Met }) {
		os.Exit(1)
	}
}

// row is a result.
type row struct {
	What     string
	Measured string
	Limit    string `json:"Bar"` // empty if there is none
	Met      bool   // whether the result is within the limit
}

func printTable(w io.Writer, rows []row) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WHAT\tMEASURED\tLIMIT\t")
	for _, r := range rows {
		state := ""
		if r.Limit != "" {
			state = map[bool]string{true: "met", false: "EXCEEDED"}[r.Met]
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.What, r.Measured, r.Limit, state)
	}
	_ = table.Flush()
}
