// What is done with a record; the outputs are those of every other side.
package main

import (
	"bytes"
	"encoding/json"

	"github.com/twmb/franz-go/pkg/kgo"
)

type compute func(record *kgo.Record, emit func(*kgo.Record))

var workloads = map[string]compute{
	"json-enrich":      enrich,
	"pass-through":     times(1),
	"pass-through-100": times(1),
	"pass-through-10k": times(1),
	"fan-out":          times(3),
	"filter":           filter,
}

type order struct {
	OrderID    int    `json:"orderId"`
	CustomerID string `json:"customerId"`
	Date       string `json:"date"`
	Quantity   int    `json:"quantity"`
	Cents      int64  `json:"cents"`
}

type enriched struct {
	order
	UnitCents float64 `json:"unitCents"`
}

func enrich(record *kgo.Record, emit func(*kgo.Record)) {
	var one order
	must(json.Unmarshal(record.Value, &one))
	value, err := json.Marshal(enriched{one, float64(one.Cents) / float64(one.Quantity)})
	must(err)
	emit(&kgo.Record{Key: record.Key, Value: value, Timestamp: record.Timestamp})
}

func times(count int) compute {
	return func(record *kgo.Record, emit func(*kgo.Record)) {
		for range count {
			emit(&kgo.Record{Key: record.Key, Value: record.Value, Timestamp: record.Timestamp})
		}
	}
}

// Keeps orders whose id, the first number in the JSON, ends in 00.
func filter(record *kgo.Record, emit func(*kgo.Record)) {
	comma := bytes.IndexByte(record.Value, ',')
	if string(record.Value[comma-2:comma]) == "00" {
		emit(&kgo.Record{Key: record.Key, Value: record.Value, Timestamp: record.Timestamp})
	}
}
