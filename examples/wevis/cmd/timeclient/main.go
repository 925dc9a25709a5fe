// Timeclient asks a time server for the time, and for all else that it knows.
//
//	go run ./examples/wevis/cmd/timeclient
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run asks, and writes the answers to out.
func run(ctx context.Context, args []string, out io.Writer) error {
	client := &wevis.Client{Protocol: clock.Protocol(), Version: "1.0.0"}
	flags := flag.NewFlagSet("timeclient", flag.ExitOnError)
	flags.StringVar(&client.Address, "address", wevis.DefaultAddress, "the `address` of the server")
	flags.StringVar(&client.User, "user", clock.User, "the `name` to log in with")
	flags.StringVar(&client.Password, "password", clock.Password, "the `password` to log in with")
	_ = flags.Parse(args) // exits by itself

	if err := client.Start(ctx); err != nil {
		return err
	}
	defer client.Stop(ctx)
	if _, err := wevis.Receive[clock.ServerReady](ctx, client); err != nil {
		return err
	}
	for _, question := range []any{clock.WhatTimeIsIt{}, clock.WhoAmI{}, clock.PleaseMayIHaveSomeFloats{Singles: 4, Doubles: 3}} {
		if err := client.Queue(question); err != nil {
			return err
		}
	}
	return show(ctx, client, out)
}

// show writes the answers, which come in the order of the questions.
func show(ctx context.Context, client *wevis.Client, out io.Writer) error {
	itIs, err := wevis.Receive[clock.ItIs](ctx, client)
	if err != nil {
		return err
	}
	youAre, err := wevis.Receive[clock.YouAre](ctx, client)
	if err != nil {
		return err
	}
	floats, err := wevis.Receive[clock.SomeFloats](ctx, client)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "It is %02d:%02d.\nYou are %s.\nSome floats: %v and %v.\n",
		itIs.Hours, itIs.Minutes, youAre.Name, floats.Singles, floats.Doubles)
	return nil
}
