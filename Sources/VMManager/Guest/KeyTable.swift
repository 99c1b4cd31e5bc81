/// The keys, with their numbers in each set.
struct KeyTable {
    /// One key.
    struct Key {
        /// QEMU's name: `ctrl`.
        var qcode: String
        /// Linux's name without `KEY_`: `LEFTCTRL`.
        var name: String
        /// The numbers by set; a set that has no such key has none.
        var numbers: [KeyCodeSet: Int]
    }

    /// In the order of Linux's numbers: of two keys that share a number in some set the first counts.
    static let keys: [Key] = lines.split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ")
        guard words.count == 10, let linux = Int(words[0]) else { return nil }
        var numbers: [KeyCodeSet: Int] = [.linux: linux]
        for (set, word) in zip(columns, words[3...]) { numbers[set] = Int(word, radix: 16) }
        if let code = numbers[.atset1] {
            numbers[.xt] = code
            // QEMU's own: the scan code of set 1 in one byte, with the highest bit in place of the prefix 0xe0.
            numbers[.qnum] = code > 0xff ? code & 0x7f | 0x80 : code
        }
        return Key(qcode: String(words[2]), name: String(words[1]), numbers: numbers)
    }

    private static let columns: [KeyCodeSet] = [.atset1, .atset2, .atset3, .usb, .osx, .win32, .xtKeyboard]

    /// Linux's number and name, QEMU's name, then hexadecimal: AT set 1, 2 and 3, USB's keyboard page, macOS, Windows, and
    /// XFree86's "xtkbd". A dash where there is none.
    private static let lines = """
        1 ESC esc 1 76 8 29 35 1b 1
        2 1 1 2 16 16 1e 12 31 2
        3 2 2 3 1e 1e 1f 13 32 3
        4 3 3 4 26 26 20 14 33 4
        5 4 4 5 25 25 21 15 34 5
        6 5 5 6 2e 2e 22 17 35 6
        7 6 6 7 36 36 23 16 36 7
        8 7 7 8 3d 3d 24 1a 37 8
        9 8 8 9 3e 3e 25 1c 38 9
        10 9 9 a 46 46 26 19 39 a
        11 0 0 b 45 45 27 1d 30 b
        12 MINUS minus c 4e 4e 2d 1b bd c
        13 EQUAL equal d 55 55 2e 18 bb d
        14 BACKSPACE backspace e 66 66 2a 33 8 e
        15 TAB tab f d d 2b 30 9 f
        16 Q q 10 15 15 14 c 51 10
        17 W w 11 1d 1d 1a d 57 11
        18 E e 12 24 24 8 e 45 12
        19 R r 13 2d 2d 15 f 52 13
        20 T t 14 2c 2c 17 11 54 14
        21 Y y 15 35 35 1c 10 59 15
        22 U u 16 3c 3c 18 20 55 16
        23 I i 17 43 43 c 22 49 17
        24 O o 18 44 44 12 1f 4f 18
        25 P p 19 4d 4d 13 23 50 19
        26 LEFTBRACE bracket_left 1a 54 54 2f 21 db 1a
        27 RIGHTBRACE bracket_right 1b 5b 5b 30 1e dd 1b
        28 ENTER ret 1c 5a 5a 28 24 d 1c
        29 LEFTCTRL ctrl 1d 14 11 e0 3b a2 1d
        30 A a 1e 1c 1c 4 0 41 1e
        31 S s 1f 1b 1b 16 1 53 1f
        32 D d 20 23 23 7 2 44 20
        33 F f 21 2b 2b 9 3 46 21
        34 G g 22 34 34 a 5 47 22
        35 H h 23 33 33 b 4 48 23
        36 J j 24 3b 3b d 26 4a 24
        37 K k 25 42 42 e 28 4b 25
        38 L l 26 4b 4b f 25 4c 26
        39 SEMICOLON semicolon 27 4c 4c 33 29 ba 27
        40 APOSTROPHE apostrophe 28 52 52 34 27 de 28
        41 GRAVE grave_accent 29 e e 35 32 c0 29
        42 LEFTSHIFT shift 2a 12 12 e1 38 10 2a
        43 BACKSLASH backslash 2b 5d 5c 31 2a dc 2b
        44 Z z 2c 1a 1a 1d 6 5a 2c
        45 X x 2d 22 22 1b 7 58 2d
        46 C c 2e 21 21 6 8 43 2e
        47 V v 2f 2a 2a 19 9 56 2f
        48 B b 30 32 32 5 b 42 30
        49 N n 31 31 31 11 2d 4e 31
        50 M m 32 3a 3a 10 2e 4d 32
        51 COMMA comma 33 41 41 36 2b bc 33
        52 DOT dot 34 49 49 37 2f be 34
        53 SLASH slash 35 4a 4a 38 2c bf 35
        54 RIGHTSHIFT shift_r 36 59 59 e5 3c a1 36
        55 KPASTERISK kp_multiply 37 7c 7e 55 43 6a 37
        56 LEFTALT alt 38 11 19 e2 3a a4 38
        57 SPACE spc 39 29 29 2c 31 20 39
        58 CAPSLOCK caps_lock 3a 58 14 39 39 14 3a
        59 F1 f1 3b 5 7 3a 7a 70 3b
        60 F2 f2 3c 6 f 3b 78 71 3c
        61 F3 f3 3d 4 17 3c 63 72 3d
        62 F4 f4 3e c 1f 3d 76 73 3e
        63 F5 f5 3f 3 27 3e 60 74 3f
        64 F6 f6 40 b 2f 3f 61 75 40
        65 F7 f7 41 83 37 40 62 76 41
        66 F8 f8 42 a 3f 41 64 77 42
        67 F9 f9 43 1 47 42 65 78 43
        68 F10 f10 44 9 4f 43 6d 79 44
        69 NUMLOCK num_lock 45 77 76 53 47 90 45
        70 SCROLLLOCK scroll_lock 46 7e 5f 47 - 91 46
        71 KP7 kp_7 47 6c 6c 5f 59 67 47
        72 KP8 kp_8 48 75 75 60 5b 68 48
        73 KP9 kp_9 49 7d 7d 61 5c 69 49
        74 KPMINUS kp_subtract 4a 7b 4e 56 4e 6d 4a
        75 KP4 kp_4 4b 6b 6b 5c 56 64 4b
        76 KP5 kp_5 4c 73 73 5d 57 65 4c
        77 KP6 kp_6 4d 74 74 5e 58 66 4d
        78 KPPLUS kp_add 4e 79 7c 57 45 6b 4e
        79 KP1 kp_1 4f 69 69 59 53 61 4f
        80 KP2 kp_2 50 72 72 5a 54 62 50
        81 KP3 kp_3 51 7a 7a 5b 55 63 51
        82 KP0 kp_0 52 70 70 62 52 60 52
        83 KPDOT kp_decimal 53 71 71 63 41 6e 53
        86 102ND less 56 61 13 64 a e2 56
        87 F11 f11 57 78 56 44 67 7a 57
        88 F12 f12 58 7 5e 45 6f 7b 58
        89 RO ro 73 51 - 87 5e e2 73
        91 HIRAGANA hiragana 77 62 87 93 - - -
        92 HENKAN henkan 79 64 86 8a - 1c 79
        93 KATAKANAHIRAGANA katakanahiragana 70 13 87 88 - f2 70
        94 MUHENKAN muhenkan 7b 67 85 8b - 1d 7b
        96 KPENTER kp_enter e01c e05a 79 58 4c - 64
        97 RIGHTCTRL ctrl_r e01d e014 58 e4 3e a3 65
        98 KPSLASH kp_divide e035 e04a 4a 54 4b 6f 68
        99 SYSRQ sysrq 54 7f 57 46 - 2c 67
        100 RIGHTALT alt_r e038 e011 39 e6 3d a5 69
        101 LINEFEED lf 5b - - - - - -
        102 HOME home e047 e06c 6e 4a 73 24 59
        103 UP up e048 e075 63 52 7e 26 5a
        104 PAGEUP pgup e049 e07d 6f 4b 74 21 5b
        105 LEFT left e04b e06b 61 50 7b 25 5c
        106 RIGHT right e04d e074 6a 4f 7c 27 5e
        107 END end e04f e069 65 4d 77 23 5f
        108 DOWN down e050 e072 60 51 7d 28 60
        109 PAGEDOWN pgdn e051 e07a 6d 4e 79 22 61
        110 INSERT insert e052 e070 67 49 - 2d 62
        111 DELETE delete e053 e071 64 4c 75 2e 63
        113 MUTE audiomute e020 e023 9c 7f 4a ad -
        114 VOLUMEDOWN volumedown e02e e021 9d 81 49 ae -
        115 VOLUMEUP volumeup e030 e032 95 80 48 af -
        116 POWER power e05e e037 - 66 - - -
        117 KPEQUAL kp_equals 59 f - 67 51 - 76
        119 PAUSE pause e046 e077 62 48 - 13 66
        121 KPCOMMA kp_comma 7e 6d - 85 - 6c -
        122 HANGEUL lang1 f2 f2 - 90 68 15 72
        123 HANJA lang2 f1 f1 - 91 66 19 71
        124 YEN yen 7d 6a 5d 89 5d dc 7d
        125 LEFTMETA meta_l e05b e01f 8b e3 37 5b 6b
        126 RIGHTMETA meta_r e05c e027 8c e7 36 5c 6c
        127 COMPOSE compose e05d e02f 8d 65 6e 5d 6d
        128 STOP stop e068 e028 a 78 - a9 -
        129 AGAIN again e005 - b 79 - - -
        130 PROPS props e006 - c - - - -
        131 UNDO undo e007 - 10 7a - - -
        132 FRONT front e00c - - 77 - - -
        133 COPY copy e078 - 18 7c - - -
        134 OPEN open 64 - 20 74 - - -
        135 PASTE paste 65 - 28 7d - - -
        136 FIND find e041 - 30 7e - - -
        137 CUT cut e03c - 38 7b - - -
        138 HELP help e075 - 9 75 72 2f -
        139 MENU menu e01e - 91 76 - - -
        140 CALC calculator e021 e02b a3 fb - - -
        142 SLEEP sleep e05f e03f - f8 - 5f -
        143 WAKEUP wake e063 e05e - - - - -
        155 MAIL mail e06c e048 - - - - -
        156 BOOKMARKS ac_bookmarks e066 e018 - - - - -
        157 COMPUTER computer e06b e040 - - - - -
        158 BACK ac_back e06a e038 - f1 - a6 -
        159 FORWARD ac_forward e069 e030 - f2 - a7 -
        163 NEXTSONG audionext e019 e04d 93 eb - b0 -
        164 PLAYPAUSE audioplay e022 e034 - e8 - b3 -
        165 PREVIOUSSONG audioprev e010 e015 94 ea - b1 -
        166 STOPCD audiostop e024 e03b 98 e9 - b2 -
        172 HOMEPAGE ac_home e032 e03a 97 - - ac -
        173 REFRESH ac_refresh e067 e020 - fa - a8 -
        183 F13 f13 5d 2f 7f 68 69 7c 6e
        184 F14 f14 5e 37 80 69 6b 7d 6f
        185 F15 f15 5f 3f 81 6a 71 7e 70
        186 F16 f16 55 - 82 6b 6a 7f 71
        187 F17 f17 e003 - 83 6c 40 80 72
        188 F18 f18 e077 - - 6d 4f 81 -
        189 F19 f19 e004 - - 6e 50 82 -
        190 F20 f20 5a - - 6f 5a 83 -
        191 F21 f21 74 - - 70 - 84 -
        192 F22 f22 e079 - - 71 - 85 -
        193 F23 f23 6d - - 72 - 86 -
        194 F24 f24 6f - - 73 - 87 -
        226 MEDIA mediaselect e06d e050 - - - - -
        """
}
