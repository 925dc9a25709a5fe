package widgets

import "strings"

// widths are those of the characters of Times, in thousandths of an em, as the
// metrics of that font give them: other serif fonts are about as wide.
var widths = map[int]string{
	200: "|",
	250: " .,",
	278: "ijlt/\\:;",
	333: "frI!()[]`-",
	389: "sJ",
	408: "\"",
	444: "acez?",
	469: "^",
	480: "{}",
	500: "bdghknopquvxy0123456789#$*_",
	541: "~",
	556: "FPS",
	564: "+<=>",
	611: "ELTZ",
	667: "BCR",
	722: "wADGHKNOQUVXY",
	778: "m&",
	833: "%",
	889: "M",
	921: "@",
	944: "W",
	180: "'",
}

// widthOf gives how wide a text is in one line, in em. Unknown characters are as
// wide as they are high.
func widthOf(text string) float64 {
	sum := 0
	for _, letter := range text {
		sum += widthOfLetter(letter)
	}
	return float64(sum) / 1000
}

func widthOfLetter(letter rune) int {
	for width, letters := range widths {
		if strings.ContainsRune(letters, letter) {
			return width
		}
	}
	return 1000
}
