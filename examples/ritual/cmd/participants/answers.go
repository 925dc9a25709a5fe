package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"net/url"
)

var (
	names = []string{"Ann", "Bob", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "June", "Karl", "Lena", "Moss", "Nell", "Otto", "Pia"}
	words = []string{"soup", "grandmother", "kettle", "wool", "letters", "bread", "friends", "Zoe", "music", "blanket", "stories", "tea"}
)

// nameOf tells participants apart.
func nameOf(number int) string {
	name := names[number%len(names)]
	if number >= len(names) {
		name += fmt.Sprint(" ", number/len(names)+1)
	}
	return name
}

// answerTo is what a participant posts to a widget; without fields it is nothing.
func answerTo(widget string, p *participant) (fields url.Values, photo []byte) {
	word := words[p.number%len(words)]
	switch widget {
	case "PhotoCollage":
		return url.Values{}, face(p.number)
	case "Histogram":
		return url.Values{"x": {fmt.Sprint(1950 + p.number*7%75)}}, nil
	case "CrossWords":
		return url.Values{"name": {word}}, nil
	case "Trivia":
		return url.Values{"txt": {"the " + word + " of " + p.name}}, nil
	case "BucketSinging":
		return url.Values{"action": {"ready"}, "clientId": {p.id}, "calibrationFail": {fmt.Sprint(p.number%5 == 0)}, "islead": {"false"}}, nil
	}
	return nil, nil
}

// face draws a face on a colour of its own, as a JPEG.
func face(number int) []byte {
	const side = 100
	picture := image.NewRGBA(image.Rect(0, 0, side, side))
	hue := float64(number) * 0.61803398875 // spreads any number of colours
	for y := range side {
		for x := range side {
			picture.Set(x, y, shade(float64(x)/side, float64(y)/side, hue))
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 80}); err != nil {
		panic(err) // no picture of this size fails
	}
	return out.Bytes()
}

// shade is the colour of a face at a place from 0 to 1: two eyes and a smile.
func shade(x, y, hue float64) color.Color {
	eye := min(math.Hypot(x-0.35, y-0.4), math.Hypot(x-0.65, y-0.4))
	mouth := math.Abs(math.Hypot(x-0.5, y-0.5) - 0.22)
	if eye < 0.05 || mouth < 0.025 && y > 0.55 {
		return color.RGBA{40, 30, 30, 255}
	}
	channel := func(shift float64) uint8 { return uint8(170 + 80*math.Cos(2*math.Pi*(hue+shift))*(1-y/2)) }
	return color.RGBA{channel(0), channel(1.0 / 3), channel(2.0 / 3), 255}
}
