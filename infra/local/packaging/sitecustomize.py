"""Loaded by `sam` when it deploys locally: compresses lightly, since what it uploads stays on this machine.

The functions of the dev profile are large; pressing them hard takes longer than all the rest of a deployment. It reads the template seven
times: with the reader in C.
"""

import zipfile

import yaml


class _LightZipFile(zipfile.ZipFile):
    def writestr(self, name, data, compress_type=None, compresslevel=1):
        super().writestr(name, data, compress_type, compresslevel)


zipfile.ZipFile = _LightZipFile
yaml.SafeLoader = yaml.CSafeLoader
