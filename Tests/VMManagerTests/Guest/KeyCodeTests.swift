import Testing
import VMCore

@testable import VMManager

@Suite("Key codes")
struct KeyCodeTests {
    @Test("The sets have libvirt's numbers")
    func sets() {
        #expect(
            KeyCodeSet.allCases.map(\.rawValue) == [
                "linux", "xt", "atset1", "atset2", "atset3", "os_x", "xt_kbd", "usb", "win32", "qnum",
            ])
        #expect(KeyCodeSet.linux.libvirtNumber == 0 && KeyCodeSet.qnum.libvirtNumber == 9)
        #expect(KeyCodeSet(libvirtNumber: 8) == .win32)
        #expect(KeyCodeSet(libvirtNumber: 10) == nil && KeyCodeSet(libvirtNumber: -1) == nil)
    }

    @Test(
        "One key by its number in each set",
        arguments: [
            (KeyCodeSet.linux, 97, "ctrl_r"), (.xt, 0xe01d, "ctrl_r"), (.atset1, 0xe01d, "ctrl_r"),
            (.atset2, 0xe014, "ctrl_r"), (.atset3, 0x58, "ctrl_r"), (.osx, 0x3e, "ctrl_r"),
            (.xtKeyboard, 0x65, "ctrl_r"), (.usb, 228, "ctrl_r"), (.win32, 0xa3, "ctrl_r"),
            (.linux, 1, "esc"), (.atset2, 0x76, "esc"), (.osx, 0x35, "esc"), (.win32, 0x1b, "esc"), (.usb, 41, "esc"),
            (.linux, 30, "a"), (.osx, 0, "a"), (.usb, 4, "a"), (.win32, 0x41, "a"), (.atset2, 0x1c, "a"),
            (.linux, 111, "delete"), (.win32, 0x2e, "delete"), (.atset1, 0xe053, "delete"),
        ])
    func numbers(_ set: KeyCodeSet, _ number: Int, _ name: String) throws {
        #expect(try KeyCodes.key(number, in: set) == .named(name))
    }

    @Test("QEMU's own numbers go as they are, from 0 to 255")
    func qnum() throws {
        #expect(try KeyCodes.key(0, in: .qnum) == .number(0))
        #expect(try KeyCodes.key(255, in: .qnum) == .number(255))
        #expect(try KeyCodes.key("0x9d", in: "rfb") == .number(0x9d))
        #expect(throws: VMError.self) { try KeyCodes.key(256, in: .qnum) }
        #expect(throws: VMError.self) { try KeyCodes.key(-1, in: .qnum) }
    }

    @Test("A number that a set doesn't have is refused in libvirt's words", arguments: KeyCodeSet.allCases)
    func unknown(_ set: KeyCodeSet) {
        let error = #expect(throws: VMError.self) { try KeyCodes.key(0xffff, in: set) }
        #expect(
            error?.message == "cannot translate keycode 65535 of \(set.rawValue) codeset to qnum keycode")
    }

    @Test("Names are Linux's and QEMU's; a misspelt one gets the nearest")
    func names() throws {
        #expect(try KeyCodes.key("KEY_LEFTSHIFT", in: "linux") == .named("shift"))
        #expect(try KeyCodes.key("KEY_KPASTERISK", in: "linux") == .named("kp_multiply"))
        #expect(try KeyCodes.key("42", in: "linux") == .named("shift"))
        #expect(try KeyCodes.key("0x2a", in: "linux") == .named("shift"))
        #expect(try KeyCodes.key("alt", in: "qcode") == .named("alt"))
        let near = #expect(throws: VMError.self) { try KeyCodes.key("KEY_LEFTCRTL", in: "linux") }
        #expect(near?.remedy == "did you mean 'KEY_LEFTCTRL'?")
        #expect(throws: VMError.self) { try KeyCodes.key("KEY_A", in: "usb") }
        let set = #expect(throws: VMError.self) { try KeyCodes.key("1", in: "ebcdic") }
        #expect(set?.message == "unknown codeset: 'ebcdic'" && set?.code == .usage)
    }

    @Test("Every line of the table is read, and no Linux number stands twice")
    func table() {
        let numbers = KeyTable.keys.compactMap { $0.numbers[.linux] }
        #expect(numbers.count == 159 && Set(numbers).count == 159)
        #expect(KeyTable.keys.allSatisfy { !$0.qcode.isEmpty && $0.numbers.count > 2 })
        #expect(KeyTable.keys.first { $0.qcode == "kp_enter" }?.numbers[.qnum] == 0x9c)
    }
}
