import VMXML

/// Values and elements to try, for what a description says that is accepted.
enum Samples {
    /// Values other than the one that is there already.
    static func values(_ accepted: XMLAccepted, for name: String, besides present: String?) -> [String] {
        let all: [String]
        switch accepted {
        case .words(let words): all = words
        case .phrase(let phrase): all = numbers(phrase, after: present) ?? own[name] ?? texts(name)
        }
        return all.filter { $0 != present }
    }

    /// Small elements of a kind: with what it must have and nothing more, one for each word of what decides its shape.
    static func elements(_ description: XMLDescription) -> [XMLTree] {
        var sample = XMLTree(name: description.name)
        if let content = description.content {
            sample.text = values(content, for: description.name, besides: nil).first
        }
        var samples = [sample]
        for attribute in description.attributes where attribute.required {
            let values = values(attribute.accepted, for: attribute.name, besides: nil)
            let isShape = attribute.name == "type" || attribute.name == "mode" || attribute.name == "model"
            samples = samples.flatMap { sample in
                values.prefix(isShape ? 11 : 1).map { value in
                    var sample = sample
                    sample.set(attribute.name, value)
                    return sample
                }
            }
        }
        return Array(samples.prefix(11))
    }

    private static func numbers(_ phrase: String, after present: String?) -> [String]? {
        if phrase.contains("0x") { return ["0x1", "0x2", "0x7"] }
        if phrase.contains("octal") { return ["0700", "0022"] }
        if phrase.contains("UUID") { return ["22222222-3333-4444-8555-666666666666"] }
        if phrase.contains("MAC") { return ["52:54:00:12:34:57"] }
        if phrase.contains("such as 0-3") { return ["0", "1", "0-1"] }
        guard phrase.contains("number") else { return nil }
        let next = present.flatMap { Int64($0) }.flatMap {
            $0 < 1 << 40 && $0 >= 0 ? [String($0 + 1), String($0 * 2)] : nil
        }
        return (next ?? []) + ["1", "2", "64", "4096", "1048576"]
    }

    private static func texts(_ name: String) -> [String] { ["probe", "/var/probe"] }

    /// Texts with a form of their own.
    private static let own: [String: [String]] = [
        "file": ["/var/probe"], "path": ["/var/probe"], "dir": ["/var/probe"], "dev": ["/dev/probe", "probe0"],
        "socket": ["/var/probe"], "uuid": ["22222222-3333-4444-8555-666666666666"],
        "type": ["linux"], "timezone": ["Europe/Berlin"], "passwdValidTo": ["2027-01-01T00:00:00"],
        "wwn": ["5000c500a0b1c2d3"],
        "wwpn": ["naa.5000c500a0b1c2d3"], "wwnn": ["5000c500a0b1c2d3"], "address": ["127.0.0.2", "10.0.2.9"],
        "date": ["02/17/2022"], "iqn": ["iqn.2024-01.org.example:probe"], "name": ["probe", "ua-probe", "8"],
    ]
}
