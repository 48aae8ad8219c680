package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/urfave/cli/v2"

	"jetpack-start/internal/plainjson"
)

// record is one row, by field name. Values are strings, numbers, booleans, nil or lists of strings.
type record map[string]any

// add sets the field if there is a value for it.
func (r record) add(name string, value any, exists bool) {
	if exists {
		r[name] = value
	}
}

// MarshalJSON encodes success and outcome first, because readers look for them first, and the other
// fields by name.
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

// formats are the values of --format, the same as WP-CLI's.
var formats = []string{"table", "json", "csv", "yaml", "count", "ids"}

// view says how to print a list or an item.
type view struct {
	format string
	fields []string // all fields, in order; the format ids prints the first
	shown  []string // the fields to print
	field  string   // if not empty, print only the values of this field
	asked  bool     // --fields or --field was given
}

// listFlags are --format, --fields and --field as WP-CLI has them. fields are the field names.
func listFlags(fields []string) []cli.Flag {
	format := textFlag(catOutput, "format", "`FORMAT`: "+strings.Join(formats, ", "))
	format.Value = formats[0]
	list := textFlag(catOutput, "fields", "`LIST` of fields: "+strings.Join(fields, ", "))
	one := textFlag(catOutput, "field", "print only the values of this `FIELD`")
	return []cli.Flag{
		&choiceFlag{StringFlag: format, values: formats},
		&choiceFlag{StringFlag: list, values: fields, many: true},
		&choiceFlag{StringFlag: one, values: fields},
	}
}

// viewValue returns the view of listFlags. defaults are the fields to print without --fields.
func viewValue(c *cli.Context, fields, defaults []string) view {
	v := view{
		format: c.String("format"), fields: fields, shown: defaults, field: c.String("field"),
		asked: c.IsSet("fields") || c.IsSet("field"),
	}
	if c.IsSet("fields") {
		v.shown = splitList(c.String("fields"))
	}
	return v
}

// list prints rows in the view's format.
func (v view) list(w io.Writer, rows []record) error {
	if v.field != "" {
		for _, row := range rows {
			if _, err := fmt.Fprintln(w, cellText(row[v.field])); err != nil {
				return err
			}
		}
		return nil
	}
	switch v.format {
	case "json":
		return writeJSON(w, v.objects(rows), "")
	case "yaml":
		return yaml.NewEncoder(w).Encode(v.ordered(rows))
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
			ids = append(ids, cellText(row[v.fields[0]]))
		}
		_, err := fmt.Fprintln(w, strings.Join(ids, " "))
		return err
	}
	return v.table(w, rows)
}

// item prints one record: as a table with a line per field, as an object, or as a value.
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

// table prints rows as a table.
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

// cells returns the row's shown fields as text.
func (v view) cells(row record) []string {
	cells := make([]string, len(v.shown))
	for i, name := range v.shown {
		cells[i] = cellText(row[name])
	}
	return cells
}

// objects returns rows as JSON objects with the shown fields in order, which a map can't keep.
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

// ordered returns rows as YAML mappings with the shown fields in order.
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

// cellText returns a value as a cell of a table shows it.
func cellText(value any) string {
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

// compact returns value as JSON on one line.
func compact(value any) string {
	text, err := plainjson.Marshal(value)
	if err != nil {
		return "null"
	}
	return string(text)
}
