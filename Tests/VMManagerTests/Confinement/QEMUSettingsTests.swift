import Testing
import VMCore

@testable import VMManager

@Suite("Settings of QEMU's confinement")
struct QEMUSettingsTests {
    @Test("comments, quotes and blanks are as elsewhere")
    func reading() throws {
        let text = "# whose\n user = \"daemon\"\n\ngroup='bin' # theirs\nconfinement=off\n"
        let settings = try QEMUSettings(text, file: "qemu.conf")
        #expect(settings.user == "daemon" && settings.group == "bin" && !settings.isConfined)
        #expect(try QEMUSettings("", file: "qemu.conf") == QEMUSettings())
    }

    @Test(
        "what is no setting is told with its line",
        arguments: [
            ("user", "q:1: 'user' is no setting"), ("\nusr = a", "q:2: there is no setting 'usr'"),
            ("confinement = yes", "q:1: confinement can't be 'yes'"),
        ])
    func refusal(text: String, message: String) {
        let error = #expect(throws: VMError.self) { try QEMUSettings(text, file: "q") }
        #expect(error?.message == message && error?.remedy != nil)
    }

    @Test("an account by name or number; root is nobody to change to; who isn't there is named")
    func account() throws {
        var settings = QEMUSettings()
        settings.user = "daemon"
        let daemon = try #require(try settings.account())
        #expect(daemon.name == "daemon" && daemon.id == 1 && daemon.group == 1)
        #expect(try settings.account(label: "+1:+2")?.group == 2)
        #expect(try settings.account(label: "root:root") == nil)
        settings.user = "nosuchuser"
        let error = #expect(throws: VMError.self) { try settings.account() }
        #expect(error?.message == "there is no user 'nosuchuser' for QEMU to run as")
    }
}
