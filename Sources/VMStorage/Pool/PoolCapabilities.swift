internal import VMXML

/// What pools can be here, `virConnectGetStoragePoolCapabilities`.
package enum PoolCapabilities {
    /// Types whose pools can be started.
    package static func isSupported(_ type: PoolType) -> Bool { type.isFolder }

    package static var xml: String {
        var text = "<storagepoolCapabilities>\n"
        for type in PoolType.allCases {
            let isSupported = isSupported(type)
            text += "  <pool type='\(type.rawValue)' supported='\(isSupported ? "yes" : "no")'>\n"
            if isSupported { text += options("poolOptions", "sourceFormatType", type.sourceFormats) }
            if isSupported { text += options("volOptions", "targetFormatType", volumeFormats) }
            text += "  </pool>\n"
        }
        return text + "</storagepoolCapabilities>\n"
    }

    package static var volumeFormats: [String] { ["raw", "none"] + VolumeFormat.allCases.dropFirst().map(\.rawValue) }

    /// - Parameter words: the default first.
    private static func options(_ element: String, _ name: String, _ words: [String]) -> String {
        guard let first = words.first else { return "" }
        let listed = words == volumeFormats ? ["none", "raw"] + words.dropFirst(2) : words
        let values = listed.map { "        <value>\($0)</value>\n" }.joined()
        return "    <\(element)>\n      <defaultFormat type='\(first)'/>\n      <enum name='\(name)'>\n\(values)"
            + "      </enum>\n    </\(element)>\n"
    }
}
