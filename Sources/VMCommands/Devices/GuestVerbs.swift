internal import Glibc
internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `inject-nmi NAME`.
    static var injectNMI: Verb {
        Verb(
            "inject-nmi", group: .devices, "inject NMI to the guest", parameters: [.domain(.running), .timeout]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            try manager.injectNMI(key, timeout: try invocation.patience())
            return .silent(key)
        }
    }

    /// `send-key NAME KEY…`.
    static var sendKey: Verb {
        Verb(
            "send-key", group: .devices, "send keycodes to a guest",
            details: """
                All keys are pressed at once: 'send-key NAME KEY_LEFTCTRL KEY_LEFTALT KEY_DELETE'. The codesets:
                linux (names or numbers), xt, atset1, atset2, atset3, os_x, xt_kbd, usb, win32 (numbers), qnum and rfb
                (QEMU's numbers), and beyond virsh qcode (QEMU's names, such as ctrl, alt, delete).
                """,
            parameters: [
                .domain(.running),
                .option(
                    "codeset", "string", "the codeset of keycodes, default:linux", completion: .words(KeyCodes.sets)),
                .option("holdtime", "number", "the time (in milliseconds) how long the keys will be held"),
                .rest("keycode", "string", "the key code"), .timeout,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let set = invocation.value("codeset") ?? "linux"
            var keys: [GuestKey] = []
            for word in invocation.all("keycode") { keys.append(try KeyCodes.key(word, in: set)) }
            let hold = try invocation.number("holdtime").map { Duration.milliseconds($0) }
            try manager.sendKeys(key, keys, hold: hold, timeout: try invocation.patience())
            return .silent(key)
        }
    }

    /// `screenshot NAME [FILE]`.
    static var screenshot: Verb {
        Verb(
            "screenshot", group: .devices, "take a screenshot of a current domain console and store it into a file",
            details: "The picture is a PNG. Without a file it is NAME-TIME.png in the working folder.",
            parameters: [
                .domain(.running),
                .optional("file", "string", "where to store the screenshot", completion: .file),
                .option("screen", "number", "ID of a screen to take screenshot of"), .timeout,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let name = try manager.find(key).name
            let file = invocation.value("file") ?? "\(name)-\(Timestamp.fileText()).png"
            let path = InputFile.absolute(file, below: InputFile.workingFolder)
            let screen = try invocation.number("screen") ?? 0
            do throws(VMError) {
                try manager.screenshot(key, to: path, screen: screen, timeout: try invocation.patience())
            } catch {
                throw error.wrapped("could not take a screenshot of \(name)")
            }
            return .done("Screenshot saved to \(file), with type of image/png", name, ["file": path])
        }
    }
}

extension Timestamp {
    /// The time now as part of a file's name: `2026-05-17-09:30:00`.
    static func fileText() -> String {
        let text = Timestamp.text(WallClock.now)
        return String(text.prefix(19)).split(separator: "T").joined(separator: "-")
    }
}
