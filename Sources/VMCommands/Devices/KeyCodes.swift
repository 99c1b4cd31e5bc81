internal import VMCore
internal import VMManager

/// Keys by their Linux names and numbers and their USB numbers, and what QEMU calls them.
enum KeyCodes {
    static let sets = ["linux", "qcode", "qnum", "rfb", "usb"]

    /// A key as the user named it.
    static func key(_ word: String, in set: String) throws(VMError) -> GuestKey {
        let number = word.hasPrefix("0x") ? Int(word.dropFirst(2), radix: 16) : Int(word)
        switch set {
        case "qcode": return .named(word)
        case "qnum", "rfb":
            if let number, (0...0xff).contains(number) { return .number(number) }
        case "linux":
            if let found = table.first(where: { $0.linux == number || "KEY_" + $0.name == word }) {
                return .named(found.qcode)
            }
        case "usb":
            if let number, let found = table.first(where: { $0.usb == number }) { return .named(found.qcode) }
        case "xt", "atset1", "atset2", "atset3", "os_x", "xt_kbd", "win32":
            throw VMError(
                .unsupported, "the codeset '\(set)' is not known here",
                remedy: "use \(sets.joined(separator: ", "))")
        default:
            throw VMError(.usage, "unknown codeset: '\(set)'", remedy: "use \(sets.joined(separator: ", "))")
        }
        let near = set == "linux" ? NearMatch.best(for: word, among: table.map { "KEY_" + $0.name }) : nil
        throw VMError(
            .usage, "invalid keycode: '\(word)'", remedy: near.map { "did you mean '\($0)'?" })
    }

    private struct Key {
        var linux: Int
        var name: String
        var usb: Int
        var qcode: String
    }

    /// Linux number, Linux name, USB number (of the keyboard page; 0 where it has none), QEMU's name.
    private static let table: [Key] = lines.split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ")
        guard words.count == 4, let linux = Int(words[0]), let usb = Int(words[2]) else { return nil }
        return Key(linux: linux, name: String(words[1]), usb: usb, qcode: String(words[3]))
    }

    private static let lines = """
        1 ESC 41 esc
        2 1 30 1
        3 2 31 2
        4 3 32 3
        5 4 33 4
        6 5 34 5
        7 6 35 6
        8 7 36 7
        9 8 37 8
        10 9 38 9
        11 0 39 0
        12 MINUS 45 minus
        13 EQUAL 46 equal
        14 BACKSPACE 42 backspace
        15 TAB 43 tab
        16 Q 20 q
        17 W 26 w
        18 E 8 e
        19 R 21 r
        20 T 23 t
        21 Y 28 y
        22 U 24 u
        23 I 12 i
        24 O 18 o
        25 P 19 p
        26 LEFTBRACE 47 bracket_left
        27 RIGHTBRACE 48 bracket_right
        28 ENTER 40 ret
        29 LEFTCTRL 224 ctrl
        30 A 4 a
        31 S 22 s
        32 D 7 d
        33 F 9 f
        34 G 10 g
        35 H 11 h
        36 J 13 j
        37 K 14 k
        38 L 15 l
        39 SEMICOLON 51 semicolon
        40 APOSTROPHE 52 apostrophe
        41 GRAVE 53 grave_accent
        42 LEFTSHIFT 225 shift
        43 BACKSLASH 49 backslash
        44 Z 29 z
        45 X 27 x
        46 C 6 c
        47 V 25 v
        48 B 5 b
        49 N 17 n
        50 M 16 m
        51 COMMA 54 comma
        52 DOT 55 dot
        53 SLASH 56 slash
        54 RIGHTSHIFT 229 shift_r
        55 KPASTERISK 85 kp_multiply
        56 LEFTALT 226 alt
        57 SPACE 44 spc
        58 CAPSLOCK 57 caps_lock
        59 F1 58 f1
        60 F2 59 f2
        61 F3 60 f3
        62 F4 61 f4
        63 F5 62 f5
        64 F6 63 f6
        65 F7 64 f7
        66 F8 65 f8
        67 F9 66 f9
        68 F10 67 f10
        69 NUMLOCK 83 num_lock
        70 SCROLLLOCK 71 scroll_lock
        71 KP7 95 kp_7
        72 KP8 96 kp_8
        73 KP9 97 kp_9
        74 KPMINUS 86 kp_subtract
        75 KP4 92 kp_4
        76 KP5 93 kp_5
        77 KP6 94 kp_6
        78 KPPLUS 87 kp_add
        79 KP1 89 kp_1
        80 KP2 90 kp_2
        81 KP3 91 kp_3
        82 KP0 98 kp_0
        83 KPDOT 99 kp_decimal
        86 102ND 100 less
        87 F11 68 f11
        88 F12 69 f12
        89 RO 135 ro
        92 HENKAN 138 henkan
        93 KATAKANAHIRAGANA 136 katakanahiragana
        94 MUHENKAN 139 muhenkan
        96 KPENTER 88 kp_enter
        97 RIGHTCTRL 228 ctrl_r
        98 KPSLASH 84 kp_divide
        99 SYSRQ 70 sysrq
        100 RIGHTALT 230 alt_r
        102 HOME 74 home
        103 UP 82 up
        104 PAGEUP 75 pgup
        105 LEFT 80 left
        106 RIGHT 79 right
        107 END 77 end
        108 DOWN 81 down
        109 PAGEDOWN 78 pgdn
        110 INSERT 73 insert
        111 DELETE 76 delete
        113 MUTE 127 audiomute
        114 VOLUMEDOWN 129 volumedown
        115 VOLUMEUP 128 volumeup
        116 POWER 102 power
        117 KPEQUAL 103 kp_equals
        119 PAUSE 72 pause
        121 KPCOMMA 133 kp_comma
        124 YEN 137 yen
        125 LEFTMETA 227 meta_l
        126 RIGHTMETA 231 meta_r
        127 COMPOSE 101 compose
        128 STOP 120 stop
        129 AGAIN 121 again
        131 UNDO 122 undo
        133 COPY 124 copy
        134 OPEN 116 open
        135 PASTE 125 paste
        136 FIND 126 find
        137 CUT 123 cut
        138 HELP 117 help
        142 SLEEP 0 sleep
        143 WAKEUP 0 wake
        """
}
