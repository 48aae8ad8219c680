package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"jetpack-start/internal/plainjson"

	"github.com/goccy/go-yaml"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/urfave/cli/v2"
)

// record is one row, by field; values are strings, numbers, booleans, nil, or lists of strings.
type record map[string]any

// MarshalJSON writes what a reader looks for first, first; a map would sort it away.
func (r record) MarshalJSON() ([]byte, error) {
	names := slices.Sorted(maps.Keys(r))
	rank := func(name string) int {
		if i := slices.Index([]string{"success", "outcome"}, name); i >= 0 {
			return i
		}
		return 2
	}
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	return view{shown: names}.objects([]record{r})[0], nil
}

// formats are WP-CLI's.
var formats = []string{"table", "json", "csv", "yaml", "count", "ids"}

// view is how a list or an item is to be printed.
type view struct {
	format string
	fields []string // all that can be shown, in order; the first is what `ids` prints
	shown  []string // the ones asked for; nil means the default
	field  string   // print only this one's values
	asked  bool     // --fields or --field was given
}

// listFlags are --format, --fields and --field as WP-CLI has them; fields are the names that
// --fields takes.
func listFlags(fields []string) []cli.Flag {
	known := strings.Join(fields, ", ")
	return []cli.Flag{
		&choiceFlag{
			&cli.StringFlag{
				Name:     "format",
				Value:    "table",
				Usage:    "`FORMAT`: " + strings.Join(formats, ", "),
				Category: catOutput,
			},
			formats,
			false,
		},
		&choiceFlag{
			&cli.StringFlag{
				Name:     "fields",
				Usage:    "`LIST` of fields: " + known,
				Category: catOutput,
			},
			fields,
			true,
		},
		&choiceFlag{
			&cli.StringFlag{
				Name:     "field",
				Usage:    "print the values of one `FIELD`",
				Category: catOutput,
			},
			fields,
			false,
		},
	}
}

// viewOf reads them; defaults are the fields that are shown where --fields isn't given.
func viewOf(c *cli.Context, fields, defaults []string) (view, error) {
	v := view{format: c.String("format"), fields: fields, shown: defaults, field: c.String("field")}
	if !slices.Contains(formats, v.format) {
		return v, &usageError{
			text: fmt.Sprintf("--format: %q is not known", v.format),
			hint: "give one of " + strings.Join(formats, ", "),
		}
	}
	v.asked = c.IsSet("fields") || c.IsSet("field")
	wanted := []string{}
	if c.IsSet("fields") {
		for name := range strings.SplitSeq(c.String("fields"), ",") {
			wanted = append(wanted, strings.TrimSpace(name))
		}
		v.shown = wanted
	}
	if c.IsSet("field") {
		wanted = append(wanted, v.field)
	}
	for _, name := range wanted {
		if !slices.Contains(fields, name) {
			return v, &usageError{
				text: fmt.Sprintf("no field %q", name),
				hint: "the fields: " + strings.Join(fields, ", "),
			}
		}
	}
	return v, nil
}

// list prints records in the view's format.
func (v view) list(w io.Writer, rows []record) error {
	if v.field != "" {
		for _, row := range rows {
			if _, err := fmt.Fprintln(w, plain(row[v.field])); err != nil {
				return err
			}
		}
		return nil
	}
	switch v.format {
	case "json":
		return writeJSON(w, v.objects(rows), "")
	case "yaml":
		encoder := yaml.NewEncoder(w)
		return encoder.Encode(v.ordered(rows))
	case "csv":
		out := csv.NewWriter(w)
		_ = out.Write(v.shown)
		for _, row := range rows {
			_ = out.Write(v.cells(row))
		}
		out.Flush()
		return out.Error()
	case "count":
		_, err := fmt.Fprintln(w, len(rows))
		return err
	case "ids":
		ids := []string{}
		for _, row := range rows {
			ids = append(ids, plain(row[v.fields[0]]))
		}
		_, err := fmt.Fprintln(w, strings.Join(ids, " "))
		return err
	}
	return v.table(w, rows)
}

// item prints one record: a table of its fields, an object, or a value.
func (v view) item(w io.Writer, row record) error {
	switch {
	case v.field != "" || v.format == "count" || v.format == "ids" || v.format == "csv":
		return v.list(w, []record{row})
	case v.format == "json":
		return writeJSON(w, v.objects([]record{row})[0], "")
	case v.format == "yaml":
		return yaml.NewEncoder(w).Encode(v.ordered([]record{row})[0])
	}
	rows := []record{}
	for _, name := range v.shown {
		rows = append(rows, record{"field": name, "value": row[name]})
	}
	return view{shown: []string{"field", "value"}}.table(w, rows)
}

func (v view) table(w io.Writer, rows []record) error {
	t := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	header := table.Row{}
	for _, name := range v.shown {
		header = append(header, name)
	}
	t.AppendHeader(header)
	for _, row := range rows {
		cells := table.Row{}
		for _, cell := range v.cells(row) {
			cells = append(cells, oneLine(cell))
		}
		t.AppendRow(cells)
	}
	_, err := fmt.Fprintln(w, t.Render())
	return err
}

func (v view) cells(row record) []string {
	cells := make([]string, len(v.shown))
	for i, name := range v.shown {
		cells[i] = plain(row[name])
	}
	return cells
}

// objects keeps the fields' order in JSON, which a map would not.
func (v view) objects(rows []record) []json.RawMessage {
	out := []json.RawMessage{}
	for _, row := range rows {
		var b strings.Builder
		b.WriteByte('{')
		for i, name := range v.shown {
			if i > 0 {
				b.WriteByte(',')
			}
			key, _ := json.Marshal(name)
			b.Write(key)
			b.WriteByte(':')
			b.WriteString(compact(row[name]))
		}
		b.WriteByte('}')
		out = append(out, json.RawMessage(b.String()))
	}
	return out
}

func (v view) ordered(rows []record) []yaml.MapSlice {
	out := []yaml.MapSlice{}
	for _, row := range rows {
		item := yaml.MapSlice{}
		for _, name := range v.shown {
			item = append(item, yaml.MapItem{Key: name, Value: row[name]})
		}
		out = append(out, item)
	}
	return out
}

// plain is a value as a cell shows it.
func plain(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case []string:
		return strings.Join(value, ", ")
	}
	return fmt.Sprint(value)
}

func compact(value any) string {
	text, err := plainjson.Marshal(value)
	if err != nil {
		return "null"
	}
	return string(text)
}
