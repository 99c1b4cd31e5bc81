internal import Glibc

/// Points of wall-clock time, which states carry in nanoseconds since 1970.
enum Timestamp {
    /// RFC 3339 in UTC with milliseconds, `2026-05-17T09:30:00.125Z`.
    static func text(_ nanoseconds: Int64) -> String {
        let parts = split(nanoseconds)
        return "\(parts.date)T\(parts.time).\(padded(parts.milliseconds, 3))Z"
    }

    /// For people: `2026-05-17 09:30:00 UTC`.
    static func readable(_ nanoseconds: Int64) -> String {
        let parts = split(nanoseconds)
        return "\(parts.date) \(parts.time) UTC"
    }

    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// How long ago that was: `4 s`, `2 min 3 s`, `5 h 2 min`, `3 d 4 h`; `0 s` when the clock was set back since.
    static func age(_ nanoseconds: Int64) -> String {
        let seconds = max(0, now.subtractingReportingOverflow(nanoseconds).partialValue / 1_000_000_000)
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3600: return "\(seconds / 60) min \(seconds % 60) s"
        case ..<86400: return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        default: return "\(seconds / 86400) d \(seconds % 86400 / 3600) h"
        }
    }

    /// By arithmetic alone: the C library's way reads the host's time zone, which takes longer than a whole verb may.
    private static func split(_ nanoseconds: Int64) -> (date: String, time: String, milliseconds: Int64) {
        var seconds = nanoseconds / 1_000_000_000
        var fraction = nanoseconds % 1_000_000_000
        if fraction < 0 {
            fraction += 1_000_000_000
            seconds -= 1
        }
        var days = seconds / 86400
        var second = seconds % 86400
        if second < 0 {
            second += 86400
            days -= 1
        }
        // Years are counted from March, so that the leap day is a year's last one; an era has 400 of them.
        days += 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let day = days - era * 146_097
        let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1
        let calendarMonth = month < 10 ? month + 3 : month - 9
        let calendarYear = year + era * 400 + (calendarMonth <= 2 ? 1 : 0)
        let time = [second / 3600, second / 60 % 60, second % 60].map { padded($0, 2) }.joined(separator: ":")
        return (
            "\(padded(calendarYear, 4))-\(padded(calendarMonth, 2))-\(padded(dayOfMonth, 2))", time,
            fraction / 1_000_000
        )
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
