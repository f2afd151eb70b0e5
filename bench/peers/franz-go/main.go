// franz-go's GroupTransactSession as a side of the benchmark: gets its options as one JSON argument, says when the first
// record is in hand, works until its standard input ends, and gives its result as one line of JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type options struct {
	Brokers  string `json:"brokers"`
	Group    string `json:"group"`
	Input    string `json:"input"`
	Output   string `json:"output"`
	Workload string `json:"workload"`
}

// How long records are gathered for one transaction, as the commit interval of Kafka Streams has it.
const commitInterval = 100 * time.Millisecond

func main() {
	var o options
	must(json.Unmarshal([]byte(os.Args[1]), &o))
	compute, known := workloads[o.Workload]
	if !known {
		must(fmt.Errorf("no such workload: %s", o.Workload))
	}
	session, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(o.Brokers),
		kgo.ConsumerGroup(o.Group),
		kgo.TransactionalID(o.Group),
		kgo.ConsumeTopics(o.Input),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.RequireStableFetchOffsets(),
		kgo.DefaultProduceTopic(o.Output),
		kgo.ProducerBatchCompression(kgo.Lz4Compression()),
		kgo.ProducerLinger(5*time.Millisecond),
		kgo.MaxBufferedRecords(500_000),
	)
	must(err)
	ctx, end := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		end()
	}()
	transactions := run(ctx, session, compute)
	session.Close()
	fmt.Printf("{\"transactions\":%d}\n", transactions)
}

func run(ctx context.Context, session *kgo.GroupTransactSession, compute compute) int {
	transactions := 0
	var begun sync.Once
	for {
		fetches := session.PollFetches(ctx)
		if ctx.Err() != nil {
			return transactions
		}
		begun.Do(func() { fmt.Println(`{"began":true}`) })
		must(session.Begin())
		failure := kgo.AbortingFirstErrPromise(session.Client())
		gather(ctx, session, fetches, func(record *kgo.Record) {
			compute(record, func(output *kgo.Record) { session.Produce(ctx, output, failure.Promise()) })
		})
		commit := kgo.TransactionEndTry(failure.Err() == nil)
		// Not with a context that may have ended: it would leave the transaction open.
		committed, err := session.End(context.Background(), commit)
		must(err)
		if committed {
			transactions++
		}
	}
}

// Handles what there is, and what comes until the interval is over.
func gather(ctx context.Context, session *kgo.GroupTransactSession, fetches kgo.Fetches, handle func(*kgo.Record)) {
	interval, cancel := context.WithTimeout(ctx, commitInterval)
	defer cancel()
	for {
		fetches.EachError(func(_ string, _ int32, err error) {
			if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
				must(err)
			}
		})
		fetches.EachRecord(handle)
		if interval.Err() != nil {
			return
		}
		fetches = session.PollFetches(interval)
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
