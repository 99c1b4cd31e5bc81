import Foundation
import Testing
import VMDomain

@Suite struct DomainReferenceTests {
    private static let path = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs/domain-xml.md")

    @Test("The reference page is what the declarations and their effects say; VMCTL_WRITE_REFERENCE=1 writes it anew")
    func page() throws {
        let page = Domain.reference(effects: try EffectTable.current.get().notes)
        if ProcessInfo.processInfo.environment["VMCTL_WRITE_REFERENCE"] != nil {
            try page.write(to: Self.path, atomically: true, encoding: .utf8)
        }
        let stored = try String(contentsOf: Self.path, encoding: .utf8)
        #expect(stored == page, "run: make reference")
    }

    @Test("Each element of the format has a line")
    func coverage() {
        let page = Domain.reference(effects: [:])
        for name in ["disk", "interface", "hyperv", "launchSecurity", "backingStore", "qemu:commandline", "vcpupin"] {
            #expect(page.contains("`<\(name)>`"))
        }
    }
}
