package main

import (
	"fmt"
	"time"
	_ "time/tzdata"
)

// moment is a leap day, in the evening.
var moment = time.Date(2024, 2, 29, 23, 5, 6, 70_000_089, time.UTC)

// formatTime prints one moment in each layout.
func formatTime([]string) {
	for _, layout := range []string{
		time.ANSIC, time.RFC822Z, time.RFC1123, time.RFC3339Nano, time.Kitchen, time.StampMicro,
		"Monday, 2. January 06, 15h04.05,000", "002 _2 Jan 3:4:5PM .999999999 Z07:00 MST",
	} {
		fmt.Println(moment.Format(layout))
	}
	fmt.Println(moment, time.Time{})
}

// parseTime prints what times are read from text, right and wrong.
func parseTime([]string) {
	for _, text := range []string{
		"2024-02-29T23:05:06.5+02:00", "2023-02-29T00:00:00Z", "2024-02-29T24:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999-23:59", "2024-02-29 23:05:06Z", "",
	} {
		when, err := time.Parse(time.RFC3339, text)
		fmt.Println(when.UTC().Format(time.RFC3339Nano), err)
	}
}

// calendar adds and subtracts across months, years and the edges of what a time can be.
func calendar([]string) {
	year, week := moment.ISOWeek()
	fmt.Println(year, week, moment.YearDay(), moment.Weekday(), moment.AddDate(1, 0, 0).Format(time.DateOnly), moment.AddDate(0, -1, 2).Format(time.DateOnly))
	fmt.Println(time.Date(2023, 14, -1, 25, 61, 0, 0, time.UTC), time.Date(1900, 2, 29, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	fmt.Println(moment.Truncate(time.Hour).Format(time.TimeOnly), moment.Round(time.Minute).Format(time.TimeOnly), moment.UnixMilli(), time.Unix(-1, 5).UTC())
	fmt.Println(time.Unix(1<<40, 0).UTC().Year(), time.Date(-44, 3, 15, 0, 0, 0, 0, time.UTC).Unix(), moment.Sub(time.Unix(0, 0)), time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Sub(moment))
}

// durations prints durations as text and reads them back.
func durations([]string) {
	for _, d := range []time.Duration{0, 1, 1500, 1_500_000, time.Minute + 500*time.Millisecond, 100 * time.Hour, -1 << 63} {
		back, err := time.ParseDuration(d.String())
		fmt.Println(d, back == d, err, d.Seconds(), d.Truncate(time.Second))
	}
	_, err := time.ParseDuration("1 h")
	fmt.Println(err)
}

// zones prints one moment in several zones of the database that is built in, and the hour that a change skips.
func zones([]string) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"} {
		zone, err := time.LoadLocation(name)
		check(err)
		fmt.Println(moment.In(zone), moment.AddDate(0, 6, 0).In(zone).Format("15:04 -0700"), moment.In(zone).IsDST())
	}
	zone, err := time.LoadLocation("Europe/Berlin")
	check(err)
	fmt.Println(time.Date(2024, 3, 31, 2, 30, 0, 0, zone).UTC().Format(time.TimeOnly), time.Date(2024, 10, 27, 3, 30, 0, 0, zone).Sub(time.Date(2024, 10, 27, 1, 30, 0, 0, zone)))
	fmt.Println(time.Date(1880, 1, 1, 0, 0, 0, 0, zone).Format("-07:00:05"))
}

// noZone prints what is said of zones that there are not, and of names that leave the database.
func noZone([]string) {
	for _, name := range []string{"Nowhere/None", "../etc/passwd", "", "UTC"} {
		zone, err := time.LoadLocation(name)
		fmt.Println(zone, err != nil)
	}
	fmt.Println(moment.In(time.FixedZone("X", -3600*5-1800)))
}
