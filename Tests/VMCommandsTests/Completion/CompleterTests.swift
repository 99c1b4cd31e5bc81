import Testing

@testable import VMCommands

@Suite("Completion knows what can follow")
struct CompleterTests {
    private func words(_ typed: String...) -> [String] {
        let completer = Completer(
            domains: { filter in filter == .inactive ? ["off"] : ["alpha", "alps", "beta"] },
            devices: { name, kind in
                guard name == "alpha" else { return [] }
                return switch kind {
                case .removableDrive: ["hdc", "fda"]
                case .disk: ["vda", "hdc", "fda"]
                case .interface: ["52:54:00:00:00:01"]
                case .alias: ["net0", "virtio-disk0"]
                default: []
                }
            })
        let answer = completer.answer(typed)
        return answer.candidates.map(\.word) + (answer.wantsFiles ? ["<files>"] : [])
    }

    @Test("verbs and their aliases, also behind global options")
    func verbs() {
        #expect(words("domsta") == ["domstate", "domstats"])
        #expect(words("und") == ["undefine"])
        #expect(words("kil") == ["kill"])
        #expect(words("-q", "--output", "json", "domsta") == ["domstate", "domstats"])
        #expect(!words("").contains("__supervise"))
    }

    @Test("domains that make sense for the verb")
    func domains() {
        #expect(words("destroy", "al") == ["alpha", "alps"])
        #expect(words("start", "") == ["off"])
        #expect(words("domstate", "--domain", "b") == ["beta"])
        #expect(words("domstate", "alpha", "") == [])
    }

    @Test("options that were not given yet, and values of those that take one")
    func options() {
        #expect(words("list", "--ina") == ["--inactive"])
        #expect(words("list", "--inactive", "--ina") == [])
        #expect(words("wait", "alpha", "--for", "p") == ["paused"])
        #expect(words("list", "--output", "j") == ["json", "jsonl"])
        #expect(words("--output", "y") == ["yaml"])
        #expect(words("-c", "qemu:///s") == ["qemu:///session", "qemu:///system"])
    }

    @Test("devices of the domain named before, by what the verb takes")
    func devices() {
        #expect(words("detach-disk", "alpha", "v") == ["vda"])
        #expect(words("detach-disk", "--domain", "alpha", "--target", "f") == ["fda"])
        #expect(words("domif-setlink", "alpha", "") == ["52:54:00:00:00:01"])
        #expect(words("detach-device-alias", "alpha", "n") == ["net0"])
        #expect(words("detach-disk", "beta", "") == [])
        #expect(words("help", "domsta") == ["domstate", "domstats"])
    }

    @Test("drives of the domain named before, and files")
    func others() {
        #expect(words("eject", "alpha", "") == ["hdc", "fda"])
        #expect(words("eject", "beta", "") == [])
        #expect(words("define", "") == ["<files>"])
        #expect(words("validate", "a.xml", "b") == ["<files>"])
        #expect(words("argv", "al") == ["alpha", "alps", "<files>"])
        #expect(words("nosuchverb", "") == [])
    }
}
