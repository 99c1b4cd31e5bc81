import Testing
import VMCore
import VMManager

@Suite("Keys as users write them")
struct KeyWordTests {
    @Test(
        "A key by the names and numbers of each set, decimal and hexadecimal",
        arguments: [
            ("KEY_ESC", "linux", GuestKey.named("esc")), ("1", "linux", .named("esc")), ("0x1", "linux", .named("esc")),
            ("30", "linux", .named("a")), ("0x1e", "linux", .named("a")), ("KEY_A", "linux", .named("a")),
            ("KEY_ENTER", "linux", .named("ret")), ("28", "linux", .named("ret")), ("0x1c", "linux", .named("ret")),
            ("KEY_LEFTCTRL", "linux", .named("ctrl")), ("29", "linux", .named("ctrl")),
            ("KEY_LEFTALT", "linux", .named("alt")), ("56", "linux", .named("alt")),
            ("KEY_DELETE", "linux", .named("delete")), ("111", "linux", .named("delete")),
            ("KEY_F12", "linux", .named("f12")), ("88", "linux", .named("f12")), ("KEY_SPACE", "linux", .named("spc")),
            ("4", "usb", .named("a")), ("0x4", "usb", .named("a")), ("41", "usb", .named("esc")),
            ("40", "usb", .named("ret")), ("76", "usb", .named("delete")), ("0x4c", "usb", .named("delete")),
            ("ret", "qcode", .named("ret")), ("28", "qnum", .number(28)), ("0x1c", "qnum", .number(28)),
            ("255", "qnum", .number(255)), ("0", "rfb", .number(0)),
        ])
    func keys(word: String, set: String, key: GuestKey) throws {
        #expect(try KeyCodes.key(word, in: set) == key)
    }

    @Test(
        "What is no key is refused",
        arguments: [
            ("KEY_ESCC", "linux"), ("ESC", "linux"), ("0", "linux"), ("9999", "linux"), ("", "linux"),
            ("0xzz", "linux"),
            ("256", "qnum"), ("-1", "qnum"), ("a", "qnum"), ("KEY_A", "usb"), ("0xffff", "usb"), ("a", "nothing"),
        ])
    func refused(word: String, set: String) {
        let error = #expect(throws: VMError.self) { try KeyCodes.key(word, in: set) }
        #expect(error?.code == .usage)
    }

    @Test("A word that is nearly a key's name gets the name")
    func hints() {
        let error = #expect(throws: VMError.self) { try KeyCodes.key("KEY_ENTRE", in: "linux") }
        #expect(error?.remedy == "did you mean 'KEY_ENTER'?")
    }
}
