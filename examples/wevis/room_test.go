package wevis_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
	"github.com/rootspush/roots/thestral"
)

// TestRooms: who is in which room, and that a room does one thing at a time.
func TestRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := clock.NewServer()
		var said []string
		say := func(what string) { said = append(said, what) } // the race detector sees whether two do at once
		room := func(name string) *wevis.Room {
			return &wevis.Room{
				Protocol:  server.Protocol,
				UserEnter: func(who *wevis.Member) { say(name + " enters " + who.User().Data.(string)) },
				UserExit:  func(who *wevis.User) { say(name + " leaves " + who.Data.(string)) },
				Handle:    func(who *wevis.Member, m *wevis.Message) { say(name + " hears " + m.String()) },
			}
		}
		server.Room = room("first")
		second := room("second")
		server.Validator = func(_ context.Context, l wevis.Login) (*wevis.User, error) {
			user := &wevis.User{Name: l.User, Data: "data of " + l.User}
			if l.User == "bob" {
				user.Room = second
			}
			return user, nil
		}
		p, stop := serve(t, server)
		ann, bob := raw{t, p.Dial()}, raw{t, p.Dial()}
		for _, peer := range []raw{ann, bob} {
			name := map[raw]string{ann: "ann", bob: "bob"}[peer]
			peer.login(name, "", peer.welcome())
			peer.wants("04000000 06000000")
			synctest.Wait()
		}
		ann.send("04000000 01000000 0c000000 09000000 01000000 02000000") // a ping of a client is a message like others
		synctest.Wait()
		bob.send("10000000 04000000 00000000 00000000 00000000") // and so is another login
		synctest.Wait()
		refused(t, "send", server.Room.Send(clock.YouAre{Name: "x"}), "")
		refused(t, "send", second.Send(clock.ItIs{Hours: 1}), "")
		refused(t, "send", second.Send(7), "Go type int is no message")
		ann.wants("09000000 0b000000 01000000 78")
		bob.wants("0c000000 09000000 01000000 00000000")
		bob.Close()
		synctest.Wait()
		if len(second.Members()) != 0 || len(server.Room.Members()) != 1 {
			t.Error("the members are wrong")
		}
		go ann.wantsEnd()
		stop()
		want := []string{
			"first enters data of ann", "second enters data of bob",
			"first hears _ping {}", `first hears ItIs {"hours":1,"minutes":2}`,
			`second hears _login {"password":"","username":"","version":""}`,
			"second leaves data of bob", "first leaves data of ann",
		}
		if diff := cmp.Diff(want, said); diff != "" {
			t.Error(diff)
		}
		ann.Close()
	})
}

// TestRoomPanics: a panic costs one message.
func TestRoomPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := clock.NewServer()
		answer := server.Room.Handle
		server.Room.Handle = func(who *wevis.Member, m *wevis.Message) {
			if m.Name() == "WhatTimeIsIt" {
				panic("no idea")
			}
			answer(who, m)
		}
		server.Room.UserEnter = func(*wevis.Member) { panic("go away") }
		server.Room.UserExit = func(*wevis.User) { panic("stay") }
		p, _ := serve(t, server)
		for range 2 {
			c := newClient("")
			refused(t, "start", c.StartOn(t.Context(), p.Dial()), "")
			refused(t, "queue", c.Queue(clock.WhatTimeIsIt{}), "")
			refused(t, "queue", c.Queue(clock.WhoAmI{}), "")
			_, err := wevis.Receive[clock.YouAre](t.Context(), c)
			refused(t, "YouAre", err, "")
			c.Stop(t.Context())
			synctest.Wait()
		}
	})
}

// TestRoomIsAThestral: only members are heard, and only what the room
// understands; a member is sent what it is updated with.
func TestRoomIsAThestral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := clock.NewServer()
		p, _ := serve(t, server)
		peer := raw{t, p.Dial()}
		peer.enter()
		room := server.Room
		member := room.Members()[0]
		stranger := thestral.Func(func(_ thestral.Thestral, path, text string) { t.Errorf("the stranger was answered %s %s", path, text) })

		room.Update(nil, "WhoAmI", "{}")
		room.Update(stranger, "WhoAmI", "{}")
		room.Update(&wevis.Member{}, "WhoAmI", "{}")
		room.Update(member, "WhoAmI", "nonsense")
		room.Update(member, "WhoAmI", `{"x":1}`)
		for _, path := range []string{"::gone", "::register", "ItIs", "Nonsense", ""} {
			room.Update(member, path, "{}")
		}
		member.Update(nil, "ItIs", `{"hours":13}`)
		member.Update(nil, "WhatTimeIsIt", "")
		member.Update(nil, "ItIs", `{"hours":13,"minutes":5}`)
		peer.wants("0c000000 09000000 0d000000 05000000")
		room.Update(member, "WhoAmI", "{}")
		peer.wants("0f000000 0b000000 07000000 6d69636861656c")
		if len(room.Members()) != 1 {
			t.Error("the member was sent away")
		}
		if dropped := room.Next()[0].(interface{ Dropped() uint64 }).Dropped(); dropped != 8 {
			t.Errorf("the door dropped %d updates, want 8", dropped)
		}
		member.Close("enough")
		peer.wantsEnd()
		synctest.Wait()
		room.Update(member, "WhoAmI", "{}")
		if dropped := room.Next()[0].(interface{ Dropped() uint64 }).Dropped(); dropped != 9 {
			t.Error("who has left is still heard")
		}
		peer.Close()
	})
}

// TestBackpressure: a client that says more than the room can handle waits, and
// nothing is lost.
func TestBackpressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := clock.NewServer()
		answer := server.Room.Handle
		server.Room.Handle = func(who *wevis.Member, m *wevis.Message) {
			time.Sleep(time.Millisecond)
			answer(who, m)
		}
		p, _ := serve(t, server)
		c := start(t, newClient(""), p.Dial())
		const count = 2000 // more than a thestral.Queue of the usual size takes
		for range count {
			refused(t, "queue", c.Queue(clock.WhoAmI{}), "")
		}
		_, err := c.Receive(t.Context(), "ServerReady")
		refused(t, "ServerReady", err, "")
		for i := range count {
			if _, err := c.Receive(t.Context(), "YouAre"); err != nil {
				t.Fatal(i, err)
			}
		}
	})
}

// TestFlood: somebody who can't be made to wait is sent away instead.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := clock.NewServer()
		hold := make(chan struct{})
		handled := 0
		server.Room.Handle = func(*wevis.Member, *wevis.Message) { <-hold; handled++ }
		p, _ := serve(t, server)
		peer := raw{t, p.Dial()}
		peer.enter()
		member := server.Room.Members()[0]
		for range thestral.QueueLimit {
			server.Room.Update(member, "WhoAmI", "{}")
		}
		synctest.Wait()
		if len(server.Room.Members()) != 1 {
			t.Error("it was sent away too early")
		}
		server.Room.Update(member, "WhoAmI", "{}")
		peer.wantsEnd()
		close(hold)
		synctest.Wait()
		if handled != thestral.QueueLimit || len(server.Room.Members()) != 0 {
			t.Errorf("%d were handled, %d members are left", handled, len(server.Room.Members()))
		}
		peer.Close()
	})
}
