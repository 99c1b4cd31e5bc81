import Testing

@testable import QEMULauncher

@Suite struct DateTextTests {
    @Test(
        "moments are spelled as the clock option takes them",
        arguments: [
            (0, "1970-01-01T00:00:00"), (1_234_567_890, "2009-02-13T23:31:30"), (951_782_399, "2000-02-28T23:59:59"),
            (951_782_400, "2000-02-29T00:00:00"), (253_402_300_799, "9999-12-31T23:59:59"), (-1, "1969-12-31T23:59:59"),
        ])
    func moments(seconds: Int64, text: String) {
        #expect(DateText.make(secondsSince1970: seconds) == text)
    }
}
