# The face of the package, for type checkers: what `__init__.py` loads by name.

from rhflow.ground.errors import AccountError as AccountError
from rhflow.ground.errors import DocumentError as DocumentError
from rhflow.ground.errors import NetworkError as NetworkError
from rhflow.ground.errors import PlanChanged as PlanChanged
from rhflow.ground.errors import PlanError as PlanError
from rhflow.ground.errors import PriceUnknown as PriceUnknown
from rhflow.ground.errors import RhflowError as RhflowError
from rhflow.ground.errors import RunBusy as RunBusy
from rhflow.ground.errors import SettingsError as SettingsError
from rhflow.ground.errors import StoreError as StoreError
from rhflow.ground.errors import UsageError as UsageError
from rhflow.ground.values import Money as Money
from rhflow.library.carrying import aresume as aresume
from rhflow.library.carrying import arun as arun
from rhflow.library.carrying import resume as resume
from rhflow.library.carrying import run as run
from rhflow.library.pipeline import Pipeline as Pipeline
from rhflow.library.pipeline import load as load
from rhflow.library.plan import Plan as Plan
from rhflow.library.plan import PlannedTask as PlannedTask
from rhflow.library.result import File as File
from rhflow.library.result import Output as Output
from rhflow.library.result import Result as Result
from rhflow.lifecycle.failure import Failure as Failure

__version__: str
